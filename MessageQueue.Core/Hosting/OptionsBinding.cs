using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace MessageQueue.Hosting;

/// <summary>
/// Sets options from a section of an app's configuration. It is stricter than the framework's binder, which ignores unknown keys: a limit
/// with a typing error in its name would then not apply. Delegates and other objects can only be set in code.
/// </summary>
internal static class OptionsBinding
{
    /// <summary>Sets every option that the section names.</summary>
    /// <exception cref="ArgumentException">A key is not an option, or its value cannot be read; the message names it.</exception>
    public static void Bind(IConfiguration section, MessageQueueOptions options) => Bind<MessageQueueOptions>(section, options);

    private static void Bind<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(
        IConfiguration section, T options)
        where T : notnull
    {
        foreach (IConfigurationSection setting in section.GetChildren())
        {
            PropertyInfo property = typeof(T).GetProperties()
                .FirstOrDefault(property =>
                    property.Name.Equals(setting.Key, StringComparison.OrdinalIgnoreCase) && IsBindable(property.PropertyType))
                ?? throw new ArgumentException(
                    $"'{setting.Path}' is no option of MessageQueue that can be configured; see {typeof(T).Name} for their names.");
            if (property.GetValue(options) is TokenOptions tokens)
            {
                Bind(setting, tokens);
            }
            else
            {
                Set(property, setting, options);
            }
        }
    }

    /// <summary>Returns whether options of this type can be configured.</summary>
    public static bool IsBindable(Type type) =>
        type == typeof(string) || type == typeof(int) || type == typeof(long) || type == typeof(bool) || type == typeof(TimeSpan)
        || type == typeof(TokenOptions) || type.IsEnum || type == typeof(double) || type == typeof(IList<string>)
        || Nullable.GetUnderlyingType(type) is { } inner && IsBindable(inner);

    private static void Set(PropertyInfo property, IConfigurationSection setting, object options)
    {
        if (property.PropertyType == typeof(IList<string>))
        {
            IList<string> list = (IList<string>)property.GetValue(options)!;
            list.Clear();
            foreach (IConfigurationSection entry in setting.GetChildren())
            {
                list.Add(entry.Value ?? "");
            }

            return;
        }

        try
        {
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            property.SetValue(options, Read(type, setting.Value ?? ""));
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or ArgumentException)
        {
            throw new ArgumentException(
                $"Option {property.Name} ('{setting.Path}') is '{setting.Value}', which is no {Describe(property.PropertyType)}.",
                exception);
        }
    }

    private static object Read(Type type, string value) => type switch
    {
        _ when type == typeof(string) => value,
        _ when type == typeof(int) => int.Parse(value, NumberStyles.Integer, CultureInfo.InvariantCulture),
        _ when type == typeof(long) => long.Parse(value, NumberStyles.Integer, CultureInfo.InvariantCulture),
        _ when type == typeof(double) => double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture),
        _ when type == typeof(bool) => bool.Parse(value),
        _ when type == typeof(TimeSpan) => ReadTime(value),
        _ => Enum.Parse(type, value, ignoreCase: true),
    };

    // The word "infinite" is allowed, because Timeout.InfiniteTimeSpan is -1 ms, which nobody should have to know.
    private static TimeSpan ReadTime(string value) => value.Equals("infinite", StringComparison.OrdinalIgnoreCase)
        ? Timeout.InfiniteTimeSpan
        : TimeSpan.Parse(value, CultureInfo.InvariantCulture);

    private static string Describe(Type type) => type switch
    {
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(TimeSpan) => "time; write [d.]hh:mm:ss, or infinite",
        _ when type.IsEnum => $"one of {string.Join(", ", Enum.GetNames(type))}",
        _ => "number",
    };
}
