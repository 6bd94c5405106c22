using Operator.DevCluster.Discovery;
using Operator.DevCluster.Resources;

namespace Operator.DevCluster.Tests.Discovery;

public sealed class DescriptionsTests
{
    [Fact]
    public void Whatever_is_described_is_there()
    {
        Dictionary<string, HashSet<string>> fields = [];
        foreach (var resource in Builtins.All)
        {
            if (BuiltinType.Of(resource) is { } type)
                Add(type);
        }

        Descriptions.All.Where(d => d.Type != "*" && (!fields.TryGetValue(d.Type, out var own) || (d.Field.Length > 0 && !own.Contains(d.Field)))).Should().BeEmpty();

        void Add(BuiltinType type)
        {
            if (type is BuiltinType.List list)
                Add(list.Item);
            if (type is BuiltinType.Map map)
                Add(map.Value);
            if (type is BuiltinType.Struct part && fields.TryAdd(part.TypeName, [.. part.Fields.Keys]))
            {
                foreach (var field in part.Fields.Values)
                    Add(field);
            }
        }
    }

    [Fact]
    public void Every_kind_is_described() =>
        Builtins.All.Where(r => r.Strategy.IsStored).Select(r => r.Kind).Where(k => Descriptions.Of(k) is null).Should().BeEmpty();
}
