using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace MessageQueue.Tests.Embedding;

/// <summary>Writes the public API of an assembly: one line for each type and member, sorted.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    public static string Write(Assembly assembly)
    {
        StringBuilder text = new();
        foreach (Type type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Describe(type)).Append('\n');
            IEnumerable<string> members = type.IsEnum
                ? Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), null)}")
                : type.GetMembers(Declared).Select(Describe).OfType<string>();
            foreach (string member in members.Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Describe(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : "class";
        string modifier = type is { IsAbstract: true, IsSealed: true }
            ? "static "
            : type.IsAbstract ? "abstract " : type is { IsSealed: true, IsClass: true } ? "sealed " : "";
        Type?[] implied = [null, typeof(object), typeof(Enum), typeof(ValueType)];
        string bases = implied.Contains(type.BaseType) ? "" : $" : {NameOf(type.BaseType!)}";
        return $"{modifier}{kind} {type.Namespace}.{NameOf(type)}{bases}";
    }

    private static string? Describe(MemberInfo member) => member switch
    {
        ConstructorInfo constructor when IsVisible(constructor) => $"new({Parameters(constructor)})",
        MethodInfo { IsSpecialName: false } method when IsVisible(method) && !IsOfRecord(method) =>
            $"{Modifier(method)}{NameOf(method.ReturnParameter)} {method.Name}{Generic(method)}({Parameters(method)})",
        PropertyInfo property when Accessors(property) is { Length: > 0 } accessors && property.Name != "EqualityContract" =>
            $"{Modifier(property.GetMethod ?? property.SetMethod!)}{NameOf(property.PropertyType, Nullability.Create(property))} "
            + $"{property.Name} {{ {accessors}}}",
        FieldInfo { IsPublic: true } field => $"{(field.IsLiteral ? "const " : "")}{NameOf(field.FieldType)} {field.Name}",
        _ => null,
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    // The members that the compiler adds to every record are not worth listing.
    private static bool IsOfRecord(MethodInfo method) =>
        method.DeclaringType!.GetMethod("<Clone>$") is not null
            && method.Name is "Equals" or "GetHashCode" or "ToString" or "PrintMembers" or "<Clone>$" or "Deconstruct";

    private static string Modifier(MethodInfo method) =>
        method.IsStatic ? "static "
        : method.IsAbstract ? "abstract "
        : method.GetBaseDefinition() != method ? "override "
        : method is { IsVirtual: true, IsFinal: false } ? "virtual "
        : "";

    private static string Accessors(PropertyInfo property)
    {
        string get = property.GetMethod is { } getter && IsVisible(getter) ? "get; " : "";
        if (property.SetMethod is not { } setter || !IsVisible(setter))
        {
            return get;
        }

        bool isInit = setter.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "IsExternalInit");
        return get + (isInit ? "init; " : "set; ");
    }

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(type => type.Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Describe));

    private static string Describe(ParameterInfo parameter)
    {
        string prefix = parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params " : "";
        string suffix = parameter.HasDefaultValue
            ? $" = {parameter.DefaultValue switch { null => "default", "" => "\"\"", object value => value }}"
            : "";
        return $"{prefix}{NameOf(parameter)} {parameter.Name}{suffix}";
    }

    private static string NameOf(ParameterInfo parameter) => NameOf(parameter.ParameterType, Nullability.Create(parameter));

    private static string NameOf(Type type, NullabilityInfo? nullability = null)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return NameOf(inner) + "?";
        }

        string suffix = nullability is { ReadState: NullabilityState.Nullable } && !type.IsValueType && !type.IsGenericParameter ? "?" : "";
        if (type.IsArray)
        {
            return $"{NameOf(type.GetElementType()!, nullability?.ElementType)}[]{suffix}";
        }

        if (!type.IsGenericType)
        {
            return Alias(type) + suffix;
        }

        Type[] arguments = type.GetGenericArguments();
        IEnumerable<string> names = arguments.Select((argument, i) =>
            NameOf(argument, nullability?.GenericTypeArguments.Length == arguments.Length ? nullability.GenericTypeArguments[i] : null));
        return $"{type.Name.Split('`')[0]}<{string.Join(", ", names)}>{suffix}";
    }

    private static string Alias(Type type) => type.FullName switch
    {
        "System.Void" => "void",
        "System.String" => "string",
        "System.Int32" => "int",
        "System.Int64" => "long",
        "System.Boolean" => "bool",
        "System.Object" => "object",
        "System.Double" => "double",
        "System.Byte" => "byte",
        _ => type.Name,
    };
}
