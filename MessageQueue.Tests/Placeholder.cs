namespace MessageQueue.Tests; internal sealed class Placeholder { [Test] public void Builds() => true.Should().BeTrue(); }
