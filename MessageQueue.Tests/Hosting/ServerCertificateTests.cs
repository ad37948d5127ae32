using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MessageQueue.Hosting;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Hosting;

/// <summary>Which files a certificate can come from, and what happens when they change.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ServerCertificateTests : IDisposable
{
    private static readonly PbeParameters Encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);

    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly LoggedLines _log = new();

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    [Test]
    public void A_PEM_file_and_its_key()
    {
        using X509Certificate2 issued = Write("one.example");

        using ServerCertificate certificate = Open();

        Names(certificate).Should().Equal("one.example", "Test intermediate");
        certificate.Current.TargetCertificate.HasPrivateKey.Should().BeTrue();
    }

    [Test]
    public void One_PEM_file_with_everything()
    {
        using X509Certificate2 issued = Write("one.example");
        File.AppendAllText(_directory.Combine("cert.pem"), File.ReadAllText(_directory.Combine("key.pem")));

        using ServerCertificate certificate = Open(options => options.CertificateKey = null);

        Names(certificate).Should().Equal("one.example", "Test intermediate");
    }

    [Test]
    public void A_PEM_file_and_an_encrypted_key()
    {
        using X509Certificate2 issued = Write("one.example");
        using ECDsa key = issued.GetECDsaPrivateKey()!;
        File.WriteAllText(_directory.Combine("key.pem"), key.ExportEncryptedPkcs8PrivateKeyPem("s3cret", Encryption));

        using ServerCertificate certificate = Open(options => options.CertificatePassword = "s3cret");

        Names(certificate).Should().Equal("one.example", "Test intermediate");
    }

    [TestCase(null)]
    [TestCase("s3cret")]
    public void A_PFX_file(string? password)
    {
        using X509Certificate2 issued = _authority.Issue("one.example");
        File.WriteAllBytes(_directory.Combine("one.pfx"), _authority.Pfx(issued, password));

        using ServerCertificate certificate = Open(options =>
        {
            options.Certificate = _directory.Combine("one.pfx");
            options.CertificateKey = null;
            options.CertificatePassword = password;
        });

        Names(certificate).Should().Equal("one.example", "Test intermediate");
    }

    [Test]
    public void Files_that_cannot_be_used_stop_the_start_with_the_reason()
    {
        using X509Certificate2 one = Write("one.example");
        using X509Certificate2 two = _authority.Issue("two.example");

        Refused(options => options.Certificate = _directory.Combine("none.pem")).Should().Contain("Could not find file");
        Refused(options => options.CertificateKey = null).Should().Contain("name a PEM or PFX file with Certificate");
        File.WriteAllText(_directory.Combine("key.pem"), Key(two));
        Refused(_ => { }).Should().Contain("the private key does not belong to the certificate");
        File.WriteAllText(_directory.Combine("cert.pem"), "no certificate");
        Refused(_ => { }).Should().StartWith(
            $"Cannot use the certificate {_directory.Combine("cert.pem")}: "
            + "the file is neither PEM nor PFX, or the password is wrong; name");
        File.WriteAllBytes(_directory.Combine("cert.pem"), _authority.Pfx(one, "s3cret"));
        Refused(options => options.CertificatePassword = "wrong").Should().Contain("the password is wrong");
    }

    [Test]
    public void Changed_files_are_used_within_ten_seconds()
    {
        using X509Certificate2 one = Write("one.example");
        using ServerCertificate certificate = Open();
        using X509Certificate2 two = Write("two.example");

        Names(certificate).Should().StartWith("one.example");
        _clock.Advance(TimeSpan.FromSeconds(10));

        Names(certificate).Should().StartWith("two.example");
        string.Join('\n', _log.Said).Should().Contain("The certificate of two.example");
    }

    [Test]
    public void A_link_that_leads_to_another_file_counts_as_a_change()
    {
        using X509Certificate2 two = Write("two.example");
        File.Move(_directory.Combine("cert.pem"), _directory.Combine("two.pem"));
        File.Move(_directory.Combine("key.pem"), _directory.Combine("two-key.pem"));
        using X509Certificate2 one = Write("one.example");
        File.Move(_directory.Combine("cert.pem"), _directory.Combine("one.pem"));
        File.CreateSymbolicLink(_directory.Combine("cert.pem"), _directory.Combine("one.pem"));
        using ServerCertificate certificate = Open();

        File.Delete(_directory.Combine("cert.pem"));
        File.CreateSymbolicLink(_directory.Combine("cert.pem"), _directory.Combine("two.pem"));
        File.Copy(_directory.Combine("two-key.pem"), _directory.Combine("key.pem"), overwrite: true);
        _clock.Advance(TimeSpan.FromSeconds(10));

        Names(certificate).Should().StartWith("two.example");
    }

    [Test]
    public void Changed_files_that_cannot_be_used_leave_the_certificate_as_it_is_and_are_logged_once()
    {
        using X509Certificate2 one = Write("one.example");
        using ServerCertificate certificate = Open();

        // Two files cannot be replaced at one moment.
        using X509Certificate2 two = _authority.Issue("two.example");
        File.WriteAllText(_directory.Combine("cert.pem"), _authority.FullChain(two));
        _clock.Advance(TimeSpan.FromMinutes(5));
        Names(certificate).Should().StartWith("one.example");
        _log.Said.Where(line => line.Contains("cannot be used")).Should().ContainSingle();

        File.Delete(_directory.Combine("key.pem"));
        _clock.Advance(TimeSpan.FromMinutes(5));
        Names(certificate).Should().StartWith("one.example");
        _log.Said.Where(line => line.Contains("cannot be used")).Should().HaveCount(2);

        File.WriteAllText(_directory.Combine("key.pem"), Key(two));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Names(certificate).Should().StartWith("two.example");
    }

    [Test]
    public void An_expired_certificate_is_used_with_a_warning()
    {
        using X509Certificate2 issued = Write("old.example", TimeSpan.FromDays(1));
        MessageQueueOptions options = Options();
        options.TimeProvider = TimeProvider.System;

        using ServerCertificate certificate = new(options, _log);

        string.Join('\n', _log.Said).Should().Contain("The certificate of old.example").And.Contain("clients will refuse it");
    }

    private static string Key(X509Certificate2 certificate)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    private static string[] Names(ServerCertificate certificate) =>
    [
        .. certificate.Current.IntermediateCertificates.Prepend(certificate.Current.TargetCertificate)
            .Select(part => part.GetNameInfo(X509NameType.SimpleName, forIssuer: false)),
    ];

    private string Refused(Action<MessageQueueOptions> configure) =>
        FluentActions.Invoking(() => Open(configure)).Should().Throw<MessageQueueException>().Which.Message;

    private X509Certificate2 Write(string name, TimeSpan? lifetime = null)
    {
        X509Certificate2 issued = _authority.Issue(name, lifetime);
        File.WriteAllText(_directory.Combine("cert.pem"), _authority.FullChain(issued));
        File.WriteAllText(_directory.Combine("key.pem"), Key(issued));
        return issued;
    }

    private ServerCertificate Open(Action<MessageQueueOptions>? configure = null)
    {
        MessageQueueOptions options = Options();
        configure?.Invoke(options);
        return new ServerCertificate(options, _log);
    }

    private MessageQueueOptions Options() => new()
    {
        Url = "https://127.0.0.1:0",
        Certificate = _directory.Combine("cert.pem"),
        CertificateKey = _directory.Combine("key.pem"),
        TimeProvider = _clock,
    };
}
