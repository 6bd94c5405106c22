using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using Operator.Api.Schema;
using Operator.Api.V1Alpha1;

namespace Operator.Api.Tests.V1Alpha1;

/// <summary>Objects with every field set, to something other than its default where there is a choice.</summary>
internal static class Filled
{
    private static readonly string[] Texts = ["a text", "2026-08-14", "name", "Pod", "RecoveryPolicy", "True", new('a', 64), "sha256:" + new string('b', 64)];

    public static object Of(Type type)
    {
        var filled = Activator.CreateInstance(type)!;
        // The kinds know their own apiVersion and kind.
        var known = typeof(IKubernetesObject).IsAssignableFrom(type) ? new[] { "ApiVersion", "Kind" } : [];
        foreach (var property in type.GetProperties().Where(p => p.CanWrite && !known.Contains(p.Name)))
            property.SetValue(filled, Value(property.PropertyType, property));
        return filled;
    }

    private static object Value(Type type, PropertyInfo property)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(V1ObjectMeta))
            return new V1ObjectMeta { Name = "name", NamespaceProperty = "shop", Uid = "1" };
        if (type == typeof(string))
            return Texts.First(t => property.GetCustomAttribute<BoundsAttribute>()?.Pattern is not { } pattern || Regex.IsMatch(t, pattern));
        if (type == typeof(bool))
            return true;
        if (type == typeof(int))
            return 7;
        if (type == typeof(long))
            return 7L;
        if (type == typeof(DateTimeOffset))
            return new DateTimeOffset(2026, 3, 1, 10, 0, 0, 123, TimeSpan.FromHours(1));
        if (type == typeof(KubeDuration))
            return new KubeDuration(TimeSpan.FromSeconds(61));
        if (type == typeof(CountOrPercent))
            return new CountOrPercent(7, false);
        if (type.IsEnum)
            return Enum.GetValues(type).Cast<object>().Last();
        var filled = Activator.CreateInstance(type)!;
        switch (filled)
        {
            case IList list:
                list.Add(Value(type.GetGenericArguments()[0], property));
                return list;
            case IDictionary map:
                map["sha256:" + new string('c', 64)] = Value(type.GetGenericArguments()[1], property);
                return map;
            default:
                return Of(type);
        }
    }
}
