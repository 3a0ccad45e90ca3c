using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>
/// Options that take numbers, as they are written everywhere: 0.5 and 1e-3, and neither 0,5 (which would be read as five) nor 1,000.
/// </summary>
internal static class NumberOptions
{
    /// <summary>Reads the option's value as a number, and says what is expected where it is none.</summary>
    public static Option<T> AsNumber<T>(this Option<T> option)
        where T : struct, INumber<T>
    {
        option.CustomParser = result => Read<T>(option.Name, result)[0];
        return option;
    }

    /// <inheritdoc cref="AsNumber{T}(Option{T})"/>
    public static Option<T?> AsNumber<T>(this Option<T?> option)
        where T : struct, INumber<T>
    {
        option.CustomParser = result => Read<T>(option.Name, result)[0];
        return option;
    }

    /// <inheritdoc cref="AsNumber{T}(Option{T})"/>
    public static Option<T[]> AsNumbers<T>(this Option<T[]> option)
        where T : struct, INumber<T>
    {
        option.CustomParser = result => Read<T>(option.Name, result);
        return option;
    }

    private static T[] Read<T>(string name, ArgumentResult result)
        where T : struct, INumber<T>
    {
        bool isWhole = typeof(T) == typeof(int) || typeof(T) == typeof(long);
        NumberStyles style = NumberStyles.AllowLeadingSign | (isWhole ? NumberStyles.None : NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent);
        T[] numbers = new T[result.Tokens.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            string text = result.Tokens[i].Value;
            if (!T.TryParse(text, style, CultureInfo.InvariantCulture, out numbers[i]))
            {
                string expected = !isWhole ? "a number such as 0.5" : BigInteger.TryParse(text, style, CultureInfo.InvariantCulture, out _) ? "a smaller number" : "a whole number";
                result.AddError($"{name} is '{text}': {expected} is expected");
            }
        }

        return numbers;
    }
}
