using System.Collections.Concurrent;

namespace MessageQueue.SocketIO.Connections;

/// <summary>
/// The pages that are connected, and a limited number of those that were lately, because most of them come back soon. What is forgotten
/// costs a client that comes back a repetition, never an event. Thread-safe.
/// </summary>
internal sealed class PageLives
{
    // About 2 MB.
    private const int MostGone = 10_000;

    private readonly ConcurrentDictionary<string, PageLife> _pages = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<PageLife> _gone = new();

    /// <summary>How many pages are known.</summary>
    public int Count => _pages.Count;

    /// <summary>Returns the page of this id; null if it is unknown.</summary>
    public PageLife? Find(string id) => _pages.GetValueOrDefault(id);

    /// <summary>Adds a connection of a page. Returns the page, which may be one that is known by the same id.</summary>
    public PageLife Add(PageLife page)
    {
        while (true)
        {
            PageLife known = _pages.GetOrAdd(page.Id, page);
            if (known.TryEnter())
            {
                return known;
            }

            // It is being forgotten by another thread.
            _pages.TryRemove(KeyValuePair.Create(page.Id, known));
            page = known == page ? new PageLife(page.Id) : page;
        }
    }

    /// <summary>Removes a connection of a page, which may come back.</summary>
    public void Remove(PageLife page)
    {
        if (!page.Leave())
        {
            return;
        }

        _gone.Enqueue(page);
        while (_gone.Count > MostGone && _gone.TryDequeue(out PageLife? oldest))
        {
            if (oldest.TryForget())
            {
                _pages.TryRemove(KeyValuePair.Create(oldest.Id, oldest));
            }
        }
    }
}
