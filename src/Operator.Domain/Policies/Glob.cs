namespace Operator.Domain.Policies;

/// <summary>Rule names as policies write them: * stands for any text, ? for one character. Linear, so that no pattern can stall a match.</summary>
public static class Glob
{
    public static bool Matches(string pattern, string text)
    {
        int p = 0, t = 0, star = -1, resume = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && (pattern[p] == '?' || (pattern[p] == text[t] && pattern[p] != '*')))
                (p, t) = (p + 1, t + 1);
            else if (p < pattern.Length && pattern[p] == '*')
                (star, resume, p) = (p, t, p + 1);
            else if (star >= 0)
                (p, t) = (star + 1, ++resume);
            else
                return false;
        }
        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }
}
