namespace MessageQueue.Tests.Conformance;

/// <summary>One case of the handshake. A row of the table in rfc6455-cases.md.</summary>
/// <param name="Number">As in <see cref="ConformanceCase"/>.</param>
/// <param name="Rfc">The section of RFC 6455 with the rule.</param>
/// <param name="Name">What is wrong or special about the request.</param>
/// <param name="Request">The request.</param>
/// <param name="Status">The status of the answer.</param>
/// <param name="Headers">Headers that the answer must have, <c>Name: value</c>, or must not have, <c>Name</c>.</param>
internal sealed record HandshakeCase(string Number, string Rfc, string Name, HandshakeRequest Request, int Status, params string[] Headers)
{
    public override string ToString() => $"{Number} {Name}";
}
