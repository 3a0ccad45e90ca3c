namespace VisualFeatureSearch.Search;

/// <summary>Looks for infinities and NaN among features: an image that has one is not compared.</summary>
internal static class NonFinite
{
    /// <summary>Whether one of some float16 features, given by their bits, is an infinity or NaN.</summary>
    public static bool IsIn(ReadOnlySpan<ushort> halves)
    {
        foreach (ushort bits in halves)
        {
            if ((bits & 0x7C00) == 0x7C00)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether one of some float32 features is an infinity or NaN.</summary>
    public static bool IsIn(ReadOnlySpan<float> floats)
    {
        foreach (float value in floats)
        {
            if (!float.IsFinite(value))
            {
                return true;
            }
        }

        return false;
    }
}
