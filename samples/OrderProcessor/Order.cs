namespace OrderProcessor;

internal sealed record Order(string Item, int Count);
