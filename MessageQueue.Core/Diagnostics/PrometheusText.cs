using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace MessageQueue.Diagnostics;

/// <summary>Writes the instruments of one server in Prometheus' text format, version 0.0.4. Thread-safe.</summary>
internal sealed class PrometheusText : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, Instrument> _instruments = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Instrument, double> _values = [];
    private readonly ConcurrentDictionary<Instrument, PrometheusHistogram> _histograms = [];
    private readonly Lock _lock = new();

    public PrometheusText(ServerMetrics metrics)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == metrics.Meter)
            {
                _instruments.TryAdd(NameOf(instrument), instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Take(instrument, value));
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Take(instrument, value));
        _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Take(instrument, value));
        _listener.Start();
    }

    /// <summary>Returns the current values as text.</summary>
    public string Write()
    {
        StringBuilder text = new();
        lock (_lock)
        {
            _listener.RecordObservableInstruments();
            foreach ((string name, Instrument instrument) in _instruments.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
            {
                if (!IsHistogram(instrument) && !_values.ContainsKey(instrument))
                {
                    // A server without a disk has no value for this instrument.
                    continue;
                }

                text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {instrument.Description}\n# TYPE {name} {TypeOf(instrument)}\n");
                if (IsHistogram(instrument))
                {
                    _histograms.GetOrAdd(instrument, CreateHistogram).Write(text, name);
                }
                else
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name} {_values.GetValueOrDefault(instrument)}\n");
                }
            }
        }

        return text.ToString();
    }

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();

    private static bool IsHistogram(Instrument instrument) => instrument is Histogram<long> or Histogram<double>;

    private static string NameOf(Instrument instrument) => instrument.Name.Replace('.', '_')
        + (instrument.Unit == "s" ? "_seconds" : "") + (instrument is ObservableCounter<long> ? "_total" : "");

    private static string TypeOf(Instrument instrument) => IsHistogram(instrument) ? "histogram"
        : instrument is ObservableCounter<long> ? "counter"
        : "gauge";

    private static PrometheusHistogram CreateHistogram(Instrument instrument) => new(instrument.Unit == "s"
        ? [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
        : [1, 4, 16, 64, 256, 1024, 4096, 8192]);

    private void Take(Instrument instrument, double value)
    {
        if (IsHistogram(instrument))
        {
            _histograms.GetOrAdd(instrument, CreateHistogram).Add(value);
        }
        else
        {
            _values[instrument] = value;
        }
    }
}
