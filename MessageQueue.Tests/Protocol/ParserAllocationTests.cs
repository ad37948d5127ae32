using System.Text;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;

namespace MessageQueue.Tests.Protocol;

/// <summary>Not parallel: the counter is per thread, but tiered compilation must have time to finish during the warm-up.</summary>
[NonParallelizable]
internal sealed class ParserAllocationTests
{
    [TestCase("""{"type":"emit","event":"say","data":{"text":"hello"},"to":["a","b"],"id":"r1","echo":false}""")]
    [TestCase("""{"type":"emit","event":"say","to":"a","data":[1,"a"],"args":true,"unknown":[1,{"a":2}],"ttl":1000,"volatile":true}""")]
    [TestCase("""{"type":"emit","event":"say","to":"a","data":1,"trace":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}""")]
    [TestCase("""{"type":"ack","id":[1,2,3]}""")]
    [TestCase("""{"type":"ack","upTo":3}""")]
    [TestCase("""{"type":"nack","id":3,"delay":5}""")]
    [TestCase("""{"type":"join","room":"lobby","id":"r"}""")]
    [TestCase("""{"type":"emit","event":"\u0073ay","to":["\u0061"],"id":"\u0072"}""")]
    public void Parsing_an_accepted_message_allocates_nothing(string json)
    {
        byte[] text = Encoding.UTF8.GetBytes(json);
        ClientRequest message = new();
        AllocatedBy(text, message).Should().BeGreaterThanOrEqualTo(0, "that was the warm-up");

        AllocatedBy(text, message).Should().Be(0);
    }

    private static long AllocatedBy(byte[] text, ClientRequest message)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 200; round++)
        {
            if (!MessageParser.TryParse(text, new MessageLimits(128, 8192), message, out ProtocolError error))
            {
                throw new InvalidOperationException(error.Message);
            }
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
