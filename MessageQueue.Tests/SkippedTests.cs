using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace MessageQueue.Tests;

/// <summary>
/// Reports at the end of every run which tests were skipped and why. <c>dotnet test</c> alone reports only their names and number.
/// </summary>
[SetUpFixture]
internal sealed class SkippedTests
{
    [OneTimeTearDown]
    public void Report()
    {
        foreach (string line in Lines(TestExecutionContext.CurrentContext.CurrentResult))
        {
            // The only output of a test that is shown at every verbosity, and immediately.
            TestContext.Error.WriteLine(line);
        }
    }

    /// <summary>Returns a line for each test that was skipped, at any depth.</summary>
    public static IEnumerable<string> Lines(ITestResult result)
    {
        if (result.Test.IsSuite)
        {
            return result.Children.SelectMany(Lines);
        }

        return result.ResultState.Status == TestStatus.Skipped ? [$"Skipped {result.FullName}: {result.Message}"] : [];
    }
}
