/// <summary>
/// Names of images and the canonical repository of each, null where the name cannot be read. The operator and the admission policies must
/// agree on every one: the table is run through both.
/// </summary>
internal static class ImageNames
{
    /// <summary>A digest that no list has.</summary>
    public const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Cart = "registry.example.com/shop/cart", Port = "registry.example.com:5000/cart", Six = "[2001:db8::1]:5000/cart";
    private const string Hub = "docker.io/library/nginx", Team = "docker.io/team/app", Local = "localhost/cart", Case = "intranet/cart";

    public static readonly (string Name, string? Repository)[] Cases =
    [
        // What is left out.
        ("nginx", Hub), ("nginx:1", Hub), ("library/nginx:1", Hub), ("docker.io/nginx:1", Hub), ("docker.io/library/nginx:1", Hub), ($"nginx@{Digest}", Hub), ($"nginx:1@{Digest}", Hub),
        ("team/app:1", Team), ("team/a.p__p--1_x:1", "docker.io/team/a.p__p--1_x"), ("docker.io/team/app", Team),
        // Other names of Docker Hub.
        ("index.docker.io/nginx:1", Hub), ("index.docker.io/library/nginx", Hub), ("registry-1.docker.io/library/nginx:1", Hub), ("registry.hub.docker.com/library/nginx:1", Hub),
        ("DOCKER.IO/nginx:1", Hub), ("Index.Docker.io:443/nginx:1", Hub), ("docker.io:443/team/app:1", Team),
        // Hosts compare without case. An upper-case first part is a host.
        ("registry.example.com/shop/cart:1", Cart), ("Registry.Example.COM/shop/cart:1", Cart), ("REGISTRY.example.com/shop/cart", Cart), ("INTRANET/cart:1", Case), ("Intranet/cart:1", Case),
        // 443 is the port of https; every other port is another registry.
        ("registry.example.com:443/shop/cart:1", Cart), ($"Registry.Example.com:443/shop/cart:1@{Digest}", Cart), ("registry.example.com:80/shop/cart:1", "registry.example.com:80/shop/cart"),
        ("registry.example.com:5000/cart", Port), ("registry.example.com:5000/cart:1", Port), ("registry.example.com:443/shop/cart:443", Cart),
        ("registry.example.com:0443/shop/cart:1", null), ("registry.example.com:00/shop/cart:1", null), ("registry.example.com:/shop/cart:1", null),
        // Without a dot, a port or an upper-case letter the first part belongs to the path, but for localhost.
        ("localhost/cart:1", Local), ("LOCALHOST/cart:1", Local), ("localhost:443/cart:1", Local), ("localhost:5000/cart:1", "localhost:5000/cart"), ("intranet/cart:1", "docker.io/intranet/cart"),
        ("nginx:5000", Hub), ("nginx:5000/cart:1", "nginx:5000/cart"),
        // IPv6, in its shortest spelling alone.
        ("[2001:db8::1]:5000/cart:1", Six), ("[2001:DB8::1]:5000/cart:1", Six), ("[::1]/cart:1", "[::1]/cart"), ("[::1]:443/cart:1", "[::1]/cart"),
        ("[2001:db8:0::1]:5000/cart:1", null), ("[2001:0db8::1]:5000/cart:1", null), ("[2001:db8:0:0:0:0:0:1]:5000/cart:1", null), ("[2001:db8::0001]:5000/cart:1", null), ("[0::1]/cart:1", null), ("[1::2:3:4:5:6:7]/cart:1", null),
        ("[1:2:3:4:5:6:7]/cart:1", null), ("[1:2]:5000/cart:1", null), ("[2001:db8::1::2]/cart:1", null), ("[12345::1]/cart:1", null), ("[]/cart:1", null), ("[::g]/cart:1", null), ("[2001:db8::1/cart:1", null), ("2001:db8::1/cart:1", null),
        // Digests.
        ($"registry.example.com/shop/cart@{Digest}", Cart), ($"registry.example.com/shop/cart:1@{Digest}@{Digest}", null), ($"registry.example.com/shop/cart@{Digest}:1", null),
        ($"registry.example.com/shop/cart@{Digest}@", null), ("registry.example.com/shop/cart@", null), ("registry.example.com/shop/cart@sha256:0123", null), ("registry.example.com/shop/cart@1", null),
        ("registry.example.com/shop/cart@SHA256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", null),
        ("registry.example.com/shop/cart@sha256:0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF", null),
        ($"registry.example.com/shop/cart@sha512:{Hex128}", Cart), ($"registry.example.com/shop/cart@md5:{Hex128}", null), ($"@{Digest}", null),
        // What no runtime reads.
        ("registry.example.com/shop/Cart:1", null), ("Nginx", null), ("nginx:", null), ("nginx:-1", null), ("nginx/", null), ("/nginx", null), ("a//b", null), ("registry.example.com./shop/cart:1", null), ("registry..example.com/shop/cart:1", null),
        ("-registry.example.com/shop/cart:1", null), ("https://registry.example.com/shop/cart:1", null), ("user@registry.example.com/shop/cart:1", null), ("shop/cart-:1", null), ("shop/-cart:1", null), ("shop/ca.-rt:1", null), ("a_b.example.com/cart:1", null), ("shop/_cart:1", null), ("shop/ca___rt:1", null), ("shop/ca rt:1", null),
        ("shop/cart\t:1", null), ("shop/cart:1\u00a0x", null), ("shop/cart:1\u200b", null), ("shop/caft\u0301", null), ("shop/cart\u0000:1", null), ("registry.example.com/shop/cart:\uff11", null), ("\u0131ndex.docker.io/nginx", null), ("shop%2fcart", null),
        ($"nginx:{Long129}", null), ($"registry.example.com/{Long600}:1", null),
    ];

    private const string Hex128 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Long129 = Hex128 + "0";
    private const string Long600 = Hex128 + Hex128 + Hex128 + Hex128 + Hex128;
}
