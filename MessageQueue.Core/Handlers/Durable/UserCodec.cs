using System.Buffers;
using System.Security.Claims;
using System.Text.Json;

namespace MessageQueue.Handlers.Durable;

/// <summary>
/// Reads and writes the user who sent an event of a durable handler, as it is kept with the event: JSON with only some of the claims.
/// </summary>
internal sealed class UserCodec
{
    private static readonly string[] AlwaysKept =
        [ClaimTypes.NameIdentifier, ClaimTypes.Name, ClaimTypes.Role, "sub", "name", "role", "roles"];

    private readonly HashSet<string> _claims;
    private readonly int _maxBytes;

    public UserCodec(MessageQueueOptions options)
    {
        _claims = new HashSet<string>(AlwaysKept.Concat(options.DurableClaims), StringComparer.Ordinal);
        _maxBytes = options.MaxDurableUserBytes;
    }

    /// <summary>A user who is not authenticated.</summary>
    public static ClaimsPrincipal Nobody => new(new ClaimsIdentity());

    /// <summary>Reads a user. Returns <see cref="Nobody"/> where there is no text.</summary>
    public static ClaimsPrincipal Decode(ReadOnlyMemory<byte> encoded)
    {
        if (encoded.IsEmpty)
        {
            return Nobody;
        }

        using JsonDocument json = JsonDocument.Parse(encoded);
        JsonElement user = json.RootElement;
        IEnumerable<Claim> claims = user.GetProperty("claims").EnumerateArray()
            .Select(static claim => new Claim(claim[0].GetString()!, claim[1].GetString()!));
        return new ClaimsPrincipal(new ClaimsIdentity(
            claims,
            user.GetProperty("authentication").GetString(),
            user.GetProperty("nameClaim").GetString(),
            user.GetProperty("roleClaim").GetString()));
    }

    /// <summary>Writes a user; no text for one who is not authenticated. Returns false if the user is too large to be kept.</summary>
    public bool TryEncode(ClaimsPrincipal user, out ReadOnlyMemory<byte> encoded)
    {
        encoded = default;
        if (user.Identity is not { IsAuthenticated: true } identity)
        {
            return true;
        }

        string nameClaim = (identity as ClaimsIdentity)?.NameClaimType ?? ClaimTypes.Name;
        string roleClaim = (identity as ClaimsIdentity)?.RoleClaimType ?? ClaimTypes.Role;
        ArrayBufferWriter<byte> buffer = new(256);
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartObject();
        json.WriteString("authentication", identity.AuthenticationType);
        json.WriteString("nameClaim", nameClaim);
        json.WriteString("roleClaim", roleClaim);
        json.WriteStartArray("claims");
        foreach (Claim claim in user.Claims)
        {
            if (claim.Type == nameClaim || claim.Type == roleClaim || _claims.Contains(claim.Type))
            {
                json.WriteStartArray();
                json.WriteStringValue(claim.Type);
                json.WriteStringValue(claim.Value);
                json.WriteEndArray();
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        if (buffer.WrittenCount > _maxBytes)
        {
            return false;
        }

        encoded = buffer.WrittenMemory;
        return true;
    }
}
