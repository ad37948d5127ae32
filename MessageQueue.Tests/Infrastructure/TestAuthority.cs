using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MessageQueue.Tests.Infrastructure;

/// <summary>
/// Issues certificates for this machine, by way of an intermediate certificate that clients do not know. Clients trust only the root.
/// </summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset Begin = DateTimeOffset.UtcNow.AddDays(-3);

    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _intermediate;

    public TestAuthority()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest root = Request("Test root", key);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        _root = root.CreateSelfSigned(Begin, Begin.AddYears(1));

        using ECDsa middle = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest intermediate = Request("Test intermediate", middle);
        intermediate.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        using X509Certificate2 issued = intermediate.Create(_root, Begin, Begin.AddMonths(11), RandomNumberGenerator.GetBytes(8));
        _intermediate = issued.CopyWithPrivateKey(middle);
    }

    /// <summary>The root as PEM, for programs that are told whom to trust.</summary>
    public string RootPem => _root.ExportCertificatePem();

    /// <summary>Issues a certificate, with its private key.</summary>
    /// <param name="name">The name that it is for, besides 127.0.0.1 and localhost.</param>
    /// <param name="lifetime">How long it is valid, from three days ago on; null for a month.</param>
    public X509Certificate2 Issue(string name, TimeSpan? lifetime = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Request(name, key);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(name);
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset end = Begin + (lifetime ?? TimeSpan.FromDays(30));
        using X509Certificate2 issued = request.Create(_intermediate, Begin, end, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>Returns a certificate and the intermediate one as PEM, as ACME clients write <c>fullchain.pem</c>.</summary>
    public string FullChain(X509Certificate2 certificate) =>
        certificate.ExportCertificatePem() + "\n" + _intermediate.ExportCertificatePem() + "\n";

    /// <summary>Returns a certificate with its key and the intermediate one, as the bytes of a PFX file.</summary>
    public byte[] Pfx(X509Certificate2 certificate, string? password) =>
        new X509Certificate2Collection { certificate, X509CertificateLoader.LoadCertificate(_intermediate.RawData) }
            .Export(X509ContentType.Pkcs12, password)!;

    /// <summary>Checks a server's certificate as a client does that knows only the root.</summary>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        using X509Chain own = new();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.Add(_root);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        // What the server has sent.
        own.ChainPolicy.ExtraStore.AddRange(chain!.ChainPolicy.ExtraStore);
        return !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && own.Build((X509Certificate2)certificate!);
    }

    public void Dispose()
    {
        _root.Dispose();
        _intermediate.Dispose();
    }

    private static CertificateRequest Request(string name, ECDsa key) => new($"CN={name}", key, HashAlgorithmName.SHA256);
}
