using MessageQueue.Host;
using MessageQueue.Host.Settings;

namespace MessageQueue.Tests.ConsoleHost;

internal sealed class HostEnvironmentTests
{
    [TestCase("MESSAGEQUEUE_TOKN")]
    [TestCase("MESSAGEQUEUE_MAX_WINDOWS")]
    [TestCase("MESSAGEQUEUE_PORT")]
    [TestCase("MESSAGEQUEUE_")]
    public void A_variable_that_is_no_setting_is_refused_without_its_value(string name) =>
        FluentActions.Invoking(() => HostEnvironment.Refuse([(name, "s3cret")])).Should().Throw<UsageException>()
            .WithMessage($"{name} is not a setting; *").And.Message.Should().NotContain("s3cret");

    [Test]
    public void Settings_empty_variables_and_other_programs_variables_are_taken() =>
        FluentActions.Invoking(() => HostEnvironment.Refuse(
            [("MESSAGEQUEUE_TOKEN", "t"), ("MESSAGEQUEUE_TOKN", ""), ("MESSAGEQUEUES", "x"), ("PATH", "/bin")])).Should().NotThrow();

    [Test]
    public void What_Kubernetes_sets_beside_a_service_of_this_name_is_ignored()
    {
        (string, string?)[] links =
        [
            ("MESSAGEQUEUE_SERVICE_HOST", "10.0.0.1"), ("MESSAGEQUEUE_SERVICE_PORT", "8080"), ("MESSAGEQUEUE_SERVICE_PORT_HTTP", "8080"),
            ("MESSAGEQUEUE_PORT", "tcp://10.0.0.1:8080"), ("MESSAGEQUEUE_PORT_8080_TCP_ADDR", "10.0.0.1"),
            ("MESSAGEQUEUE_EU_SERVICE_HOST", "10.0.0.2"), ("MESSAGEQUEUE_EU_PORT_80_TCP", "tcp://10.0.0.2:80"),
        ];

        FluentActions.Invoking(() => HostEnvironment.Refuse(links)).Should().NotThrow();
        FluentActions.Invoking(() => HostEnvironment.Refuse([.. links, ("MESSAGEQUEUE_POTR", "x")])).Should().Throw<UsageException>();
    }
}
