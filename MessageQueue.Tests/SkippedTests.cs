using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace MessageQueue.Tests;

/// <summary>
/// Says at the end of every run which tests were left out and why: by itself, <c>dotnet test</c> gives their names and number only.
/// </summary>
[SetUpFixture]
internal sealed class SkippedTests
{
    [OneTimeTearDown]
    public void Say()
    {
        foreach (string line in Lines(TestExecutionContext.CurrentContext.CurrentResult))
        {
            // Of what a test can write, this alone is shown at every verbosity, and at once.
            TestContext.Error.WriteLine(line);
        }
    }

    /// <summary>A line for each test that was skipped, however far down.</summary>
    public static IEnumerable<string> Lines(ITestResult result)
    {
        if (result.Test.IsSuite)
        {
            return result.Children.SelectMany(Lines);
        }

        return result.ResultState.Status == TestStatus.Skipped ? [$"Skipped {result.FullName}: {result.Message}"] : [];
    }
}
