using System.Text.Json.Nodes;

namespace Operator.DevCluster.ManagedFields;

/// <summary>
/// A set of field paths in the form of fieldsV1: a tree of path elements, where a node that is empty or has a
/// <c>.</c> is a member itself. It is worked on as the JSON that it is, so that a write touches only what it changed.
/// </summary>
internal static class FieldSet
{
    private const string Self = ".";

    public static bool IsMember(JsonObject node) => node.Count == 0 || node.ContainsKey(Self);

    public static IEnumerable<KeyValuePair<string, JsonObject>> Children(JsonObject node) =>
        node.Where(c => c.Key != Self && c.Value is JsonObject).Select(c => KeyValuePair.Create(c.Key, (JsonObject)c.Value!));

    public static void Insert(JsonObject set, List<string> path)
    {
        for (int depth = 0; depth < path.Count; depth++)
        {
            bool isLast = depth == path.Count - 1;
            if (set[path[depth]] is not JsonObject child)
                set[path[depth]] = child = [];
            else if (isLast == child.Count > 0)
                child[Self] = new JsonObject();
            set = child;
        }
    }

    public static void Add(JsonObject set, JsonObject added)
    {
        foreach (var (element, more) in Children(added))
        {
            if (set[element] is not JsonObject child)
            {
                set[element] = more.DeepClone();
                continue;
            }
            bool isMember = IsMember(child) || IsMember(more);
            Add(child, more);
            if (isMember && child.Count > 0)
                child[Self] = new JsonObject();
        }
    }

    public static void Subtract(JsonObject set, JsonObject removed)
    {
        foreach (var (element, less) in Children(removed))
        {
            if (set[element] is not JsonObject child)
                continue;
            bool isMember = IsMember(child) && !IsMember(less);
            child.Remove(Self);
            Subtract(child, less);
            if (child.Count == 0 && !isMember)
                set.Remove(element);
            else if (child.Count > 0 && isMember)
                child[Self] = new JsonObject();
        }
    }

    public static JsonObject Intersect(JsonObject left, JsonObject right)
    {
        JsonObject both = [];
        foreach (var (element, child) in Children(left))
        {
            if (right[element] is not JsonObject other)
                continue;
            bool isMember = IsMember(child) && IsMember(other);
            var below = Intersect(child, other);
            if (isMember && below.Count > 0)
                below[Self] = new JsonObject();
            if (isMember || below.Count > 0)
                both[element] = below;
        }
        return both;
    }

    /// <summary>The members as messages show them: <c>.spec.containers[name="main"].image</c>.</summary>
    public static IEnumerable<string> Paths(JsonObject set, string above = "")
    {
        foreach (var (element, child) in Children(set))
        {
            string path = above + FieldPath.Text(element);
            if (IsMember(child))
                yield return path;
            foreach (string below in Paths(child, path))
                yield return below;
        }
    }
}
