namespace OrderProcessor;

internal sealed record Shipped(long? Order, string Item);
