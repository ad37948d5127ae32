namespace ChatApp;

internal sealed record Receipt(long Number);
