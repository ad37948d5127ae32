namespace ChatApp;

internal sealed record ChatMessage(string Room, string Text, string? From = null);
