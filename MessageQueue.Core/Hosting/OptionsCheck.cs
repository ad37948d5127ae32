using Microsoft.Extensions.Options;

namespace MessageQueue.Hosting;

/// <summary>Checks the options when an app starts. A wrong one makes the start fail with a message that names it.</summary>
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
