using Microsoft.Extensions.Options;

namespace MessageQueue.Hosting;

/// <summary>Has an app's start fail with a message that names the option.</summary>
internal sealed class OptionsCheck : IValidateOptions<MessageQueueOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, MessageQueueOptions options)
    {
        try
        {
            OptionsValidation.Check(options);
            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException exception)
        {
            string which = string.IsNullOrEmpty(name) ? "" : $" '{name}'";
            return ValidateOptionsResult.Fail($"MessageQueue{which}: {exception.Message}");
        }
    }
}
