using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using Operator.Api.V1Alpha1;
using Node = System.Collections.Generic.Dictionary<string, object>;

namespace CrdGenerator;

/// <summary>What an absent field is filled in with: the value that the C# type begins with, so that there is one place for it.</summary>
internal static class FieldDefaults
{
    /// <summary>The value a new object has. An object whose fields all have defaults is itself defaulted to {}, so that theirs apply.</summary>
    public static object? Of(PropertyInfo property, object sample)
    {
        if (property.GetCustomAttribute<RequiredMemberAttribute>() is not null)
            return null;
        return property.GetValue(sample) switch
        {
            null => null,
            bool value => value,
            int value => value,
            long value => value,
            string value => value.Length == 0 ? null : value,
            Enum value => value.ToString(),
            KubeDuration value => value.ToString(),
            CountOrPercent value => value.IsPercent ? value.ToString() : value.Number,
            IList { Count: > 0 } list => list.Cast<object>().Select(i => (object)i.ToString()!).ToList(),
            IEnumerable => null,
            _ => new Node(),
        };
    }
}
