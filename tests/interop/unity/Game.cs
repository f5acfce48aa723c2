// Plays the engine's part around the example.
//
//   Game.exe parse          prints the weights of every frame
//   Game.exe allocate       prints how often 10,000 frames made the garbage collector run
//   Game.exe play PORT      the component itself on a UDP port: prints "ready", then the first frame that Update applied
//
// The first two take datagrams on standard input, each behind its length (4 bytes, little-endian).

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Reflection;
using System.Text;
using System.Threading;
using UnityEngine;

static class Game
{
    static void Main(string[] arguments)
    {
        if (arguments[0] == "play") Play(int.Parse(arguments[1]));
        else if (arguments[0] == "parse") Parse(Datagrams());
        else Allocate(Datagrams());
    }

    static List<byte[]> Datagrams()
    {
        var datagrams = new List<byte[]>();
        using (var reader = new BinaryReader(Console.OpenStandardInput()))
        {
            while (true)
            {
                byte[] size = reader.ReadBytes(4);
                if (size.Length < 4) return datagrams;
                datagrams.Add(reader.ReadBytes(BitConverter.ToInt32(size, 0)));
            }
        }
    }

    static void Parse(List<byte[]> datagrams)
    {
        var reader = new VmcReader();
        var weights = new float[VmcReader.Shapes.Length];
        foreach (byte[] datagram in datagrams)
        {
            reader.Read(datagram, datagram.Length);
            if (reader.Take(weights)) Print(i => VmcReader.Shapes[i], i => weights[i], weights.Length);
        }
    }

    static void Allocate(List<byte[]> datagrams)
    {
        var reader = new VmcReader();
        var weights = new float[VmcReader.Shapes.Length];
        int collections = GC.CollectionCount(0);
        for (int frame = 0; frame < 10000; frame++)
        {
            foreach (byte[] datagram in datagrams) reader.Read(datagram, datagram.Length);
            if (!reader.Take(weights)) throw new Exception("a frame was lost");
        }
        Console.WriteLine(GC.CollectionCount(0) - collections);
    }

    static void Play(int port)
    {
        string[] shapes = VmcReader.Shapes;
        var names = new string[shapes.Length + 1];
        names[0] = "blendShape1.somethingElse";
        for (int i = 0; i < shapes.Length; i++)
            names[i + 1] = "blendShape1." + char.ToLowerInvariant(shapes[i][0]) + shapes[i].Substring(1);
        var face = new SkinnedMeshRenderer { sharedMesh = new Mesh(names) };
        var teeth = new SkinnedMeshRenderer { sharedMesh = new Mesh(new[] { "TongueOut", "JawOpen" }) };
        MonoBehaviour.Children = new[] { face, teeth, new SkinnedMeshRenderer(), null };
        var component = new FacecueFace();
        typeof(FacecueFace).GetField("port", Hidden).SetValue(component, port);
        Call(component, "OnEnable");
        Console.WriteLine("ready");
        for (int looks = 0; face.Weights.Count < shapes.Length; looks++)
        {
            if (looks == 6000) throw new Exception("no frame came");
            Thread.Sleep(5);
            Call(component, "Update");
        }
        if (face.Thread != Thread.CurrentThread.ManagedThreadId) throw new Exception("applied off the main thread");
        int jaw = 1 + Array.IndexOf(shapes, "JawOpen");
        if (teeth.Weights[1] != face.Weights[jaw]) throw new Exception("the teeth do not follow");
        Print(i => names[i + 1], i => face.Weights[i + 1], face.Weights.Count);
        Call(component, "OnDisable");
        Call(component, "OnEnable"); // the port is free again
        Call(component, "OnDisable");
        Console.WriteLine("done");
    }

    const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.NonPublic;

    static void Call(FacecueFace component, string method)
    {
        typeof(FacecueFace).GetMethod(method, Hidden).Invoke(component, null);
    }

    static void Print(Func<int, string> name, Func<int, float> value, int count)
    {
        var line = new StringBuilder();
        for (int i = 0; i < count; i++)
            line.Append(name(i)).Append('=').Append(value(i).ToString("R", CultureInfo.InvariantCulture)).Append(' ');
        Console.WriteLine(line.ToString().TrimEnd());
    }
}
