using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace MessageQueue.Tests.Infrastructure;

internal sealed class SkippedTestsTests
{
    [Test]
    public void Every_skipped_test_is_named_with_its_reason()
    {
        TestSuiteResult inner = new(new TestSuite("inner"));
        inner.AddResult(ResultOf(nameof(First), ResultState.Ignored, "needs a disk"));
        inner.AddResult(ResultOf(nameof(Second), ResultState.Success, ""));
        TestSuiteResult all = new(new TestSuite("all"));
        all.AddResult(inner);
        all.AddResult(ResultOf(nameof(Third), ResultState.Explicit, "takes hours"));

        string type = typeof(SkippedTestsTests).FullName!;
        SkippedTests.Lines(all).Should().Equal($"Skipped {type}.First: needs a disk", $"Skipped {type}.Third: takes hours");
    }

    private static TestCaseResult ResultOf(string method, ResultState state, string reason)
    {
        TestCaseResult result = new(new TestMethod(new MethodWrapper(typeof(SkippedTestsTests), method)));
        result.SetResult(state, reason);
        return result;
    }

    private static void First()
    {
    }

    private static void Second()
    {
    }

    private static void Third()
    {
    }
}
