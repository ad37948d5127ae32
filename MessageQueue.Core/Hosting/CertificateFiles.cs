using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MessageQueue.Hosting;

/// <summary>The files of a certificate, as they were read at one moment.</summary>
internal sealed class CertificateFiles
{
    private readonly byte[] _certificate;
    private readonly byte[]? _key;

    private CertificateFiles(byte[] certificate, byte[]? key) => (_certificate, _key) = (certificate, key);

    /// <summary>Reads the files.</summary>
    /// <param name="certificate">The path of a PEM or PFX file.</param>
    /// <param name="key">The path of the PEM file with the private key; null if the first file has it.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static CertificateFiles Read(string certificate, string? key) =>
        new(File.ReadAllBytes(certificate), key is null ? null : File.ReadAllBytes(key));

    /// <summary>Returns whether both have the same bytes.</summary>
    public bool Equals(CertificateFiles other) =>
        _certificate.AsSpan().SequenceEqual(other._certificate) && _key.AsSpan().SequenceEqual(other._key);

    /// <summary>
    /// Makes the certificate that clients get, with all others of the file, so that clients that know only the root can verify it.
    /// </summary>
    /// <param name="password">The password of the private key; null for none.</param>
    /// <exception cref="CryptographicException">The files have no certificate with its private key, or the password is wrong.</exception>
    public SslStreamCertificateContext Open(string? password)
    {
        X509Certificate2Collection chain = [];
        X509Certificate2 own;
        string text = Encoding.Latin1.GetString(_certificate);
        if (text.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
        {
            chain.ImportFromPem(text);
            own = OpenPem(text, _key is null ? text : Encoding.Latin1.GetString(_key), password);
        }
        else
        {
            chain = OpenPfx(_certificate, password);
            own = chain.FirstOrDefault(certificate => certificate.HasPrivateKey)
                ?? throw new CryptographicException("the file has no private key");
        }

        // Offline: the server must not ask other machines for certificates that the file lacks.
        return SslStreamCertificateContext.Create(own, chain, offline: true);
    }

    private static X509Certificate2Collection OpenPfx(byte[] file, string? password)
    {
        try
        {
            return X509CertificateLoader.LoadPkcs12Collection(file, password);
        }
        catch (CryptographicException exception)
        {
            throw new CryptographicException("the file is neither PEM nor PFX, or the password is wrong", exception);
        }
    }

    private static X509Certificate2 OpenPem(string certificate, string key, string? password)
    {
        try
        {
            X509Certificate2 opened = password is null
                ? X509Certificate2.CreateFromPem(certificate, key)
                : X509Certificate2.CreateFromEncryptedPem(certificate, key, password);
            // Windows cannot use a key for TLS that is only in memory.
            return OperatingSystem.IsWindows()
                ? X509CertificateLoader.LoadPkcs12(opened.Export(X509ContentType.Pkcs12), password: null)
                : opened;
        }
        catch (ArgumentException exception)
        {
            throw new CryptographicException("the private key does not belong to the certificate", exception);
        }
    }
}
