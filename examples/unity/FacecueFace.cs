// A face that Facecue plays: VMC over UDP onto the blendshapes of SkinnedMeshRenderers. One file, no packages.
//
// Put it on the character: head, teeth and lashes below it are found, or listed in Faces. Names are matched whatever
// their case and prefix ("blendShape1.jawOpen", "JawOpen").
//
// Nothing is allocated while frames come in: datagrams are read on a thread of their own into a buffer that stays, and
// the weights of a finished frame are applied in Update, on the main thread.

using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using UnityEngine;

[AddComponentMenu("Facecue/Facecue Face")]
public sealed class FacecueFace : MonoBehaviour
{
    [SerializeField] SkinnedMeshRenderer[] faces = new SkinnedMeshRenderer[0];
    [SerializeField, Range(1, 65535)] int port = 39539;
    [SerializeField, Tooltip("A weight of 1 becomes this; Unity's models go to 100")] float full = 100f;

    readonly VmcReader reader = new VmcReader();
    readonly byte[] buffer = new byte[65536];
    readonly float[] weights = new float[VmcReader.Shapes.Length];
    int[][] indices; // by face, of its mesh's blendshapes by the reader's slot; -1 where the mesh has none
    Socket socket;
    Thread thread;

    void OnEnable()
    {
        if (faces.Length == 0) faces = GetComponentsInChildren<SkinnedMeshRenderer>();
        indices = Array.ConvertAll(faces, Find);
        if (Array.TrueForAll(indices, each => Array.TrueForAll(each, index => index < 0)))
            Debug.LogWarning("FacecueFace finds no blendshapes with ARKit's names below " + name);
        Socket opened = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            opened.Bind(new IPEndPoint(IPAddress.Loopback, port));
        }
        catch (SocketException error)
        {
            opened.Close();
            Debug.LogWarning("FacecueFace cannot listen on port " + port + ": " + error.Message);
            return;
        }
        socket = opened;
        thread = new Thread(() => Receive(opened)) { IsBackground = true, Name = "Facecue" };
        thread.Start();
    }

    void OnDisable()
    {
        if (socket == null) return;
        socket.Close(); // ends the thread's Receive
        socket = null;
        thread.Join(200);
    }

    void Update()
    {
        if (!reader.Take(weights)) return;
        for (int face = 0; face < faces.Length; face++)
            for (int slot = 0; slot < weights.Length; slot++)
                if (indices[face][slot] >= 0)
                    faces[face].SetBlendShapeWeight(indices[face][slot], weights[slot] * full);
    }

    static int[] Find(SkinnedMeshRenderer face)
    {
        Mesh mesh = face == null ? null : face.sharedMesh;
        return Array.ConvertAll(VmcReader.Shapes, shape => Find(mesh, shape));
    }

    static int Find(Mesh mesh, string shape)
    {
        for (int i = 0; mesh != null && i < mesh.blendShapeCount; i++)
        {
            string full = mesh.GetBlendShapeName(i);
            string bare = full.Substring(full.LastIndexOf('.') + 1);
            if (string.Equals(bare, shape, StringComparison.OrdinalIgnoreCase)) return i;
        }
        return -1;
    }

    void Receive(Socket opened)
    {
        while (true)
        {
            try
            {
                reader.Read(buffer, opened.Receive(buffer));
            }
            catch (SocketException error)
            {
                if (error.SocketErrorCode != SocketError.ConnectionReset) return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }
}

// The weights in VMC datagrams. Read on one thread, Take on another; what is no VMC, or is broken, changes nothing.
public sealed class VmcReader
{
    public static readonly string[] Shapes =
    {
        "EyeBlinkLeft", "EyeLookDownLeft", "EyeLookInLeft", "EyeLookOutLeft", "EyeLookUpLeft", "EyeSquintLeft",
        "EyeWideLeft", "EyeBlinkRight", "EyeLookDownRight", "EyeLookInRight", "EyeLookOutRight", "EyeLookUpRight",
        "EyeSquintRight", "EyeWideRight", "JawForward", "JawLeft", "JawRight", "JawOpen", "MouthClose",
        "MouthFunnel", "MouthPucker", "MouthLeft", "MouthRight", "MouthSmileLeft", "MouthSmileRight",
        "MouthFrownLeft", "MouthFrownRight", "MouthDimpleLeft", "MouthDimpleRight", "MouthStretchLeft",
        "MouthStretchRight", "MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper",
        "MouthPressLeft", "MouthPressRight", "MouthLowerDownLeft", "MouthLowerDownRight", "MouthUpperUpLeft",
        "MouthUpperUpRight", "BrowDownLeft", "BrowDownRight", "BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight",
        "CheekPuff", "CheekSquintLeft", "CheekSquintRight", "NoseSneerLeft", "NoseSneerRight", "TongueOut",
    };

    const int Deepest = 8; // bundles in bundles
    const int HeadBytes = 16; // "#bundle\0" and its time tag

    readonly Dictionary<uint, int> slots = new Dictionary<uint, int>(); // by the hash of the name in lower case
    readonly float[] pending = new float[Shapes.Length];
    readonly float[] finished = new float[Shapes.Length];
    bool isFresh;

    public VmcReader()
    {
        for (int slot = 0; slot < Shapes.Length; slot++) slots.Add(Hash(Shapes[slot]), slot);
    }

    // The weights of the last finished frame, in the order of Shapes; false when there is no new one.
    public bool Take(float[] weights)
    {
        lock (finished)
        {
            if (!isFresh) return false;
            isFresh = false;
            Array.Copy(finished, weights, finished.Length);
            return true;
        }
    }

    // Takes in the first `length` bytes of a datagram.
    public void Read(byte[] data, int length)
    {
        Packet(data, 0, length, 0);
    }

    void Packet(byte[] data, int at, int end, int depth)
    {
        if (!Says(data, at, end, "#bundle"))
        {
            Message(data, at, end);
            return;
        }
        if (depth == Deepest) return;
        at += HeadBytes;
        while (at + 4 <= end)
        {
            int size = Int(data, at);
            at += 4;
            if (size < 0 || size > end - at) return;
            Packet(data, at, at + size, depth + 1);
            at += size;
        }
    }

    void Message(byte[] data, int at, int end)
    {
        if (Says(data, at, end, "/VMC/Ext/Blend/Apply"))
        {
            lock (finished)
            {
                Array.Copy(pending, finished, pending.Length);
                isFresh = true;
            }
            return;
        }
        if (!Says(data, at, end, "/VMC/Ext/Blend/Val")) return;
        int tags = After(data, at, end);
        if (!Starts(data, tags, end, ",sf")) return;
        int name = After(data, tags, end);
        int value = After(data, name, end);
        int slot;
        if (value + 4 > end || !slots.TryGetValue(Hash(data, name, end), out slot)) return;
        float weight = Float(data, value);
        if (!Same(data, name, Shapes[slot]) || float.IsNaN(weight)) return;
        pending[slot] = Math.Max(0f, Math.Min(1f, weight));
    }

    // Where the field behind a string begins: a string ends with a NUL and is padded to 4 bytes.
    static int After(byte[] data, int at, int end)
    {
        int stop = at;
        while (stop < end && data[stop] != 0) stop++;
        return stop < end ? stop + 4 - (stop - at) % 4 : end;
    }

    static bool Says(byte[] data, int at, int end, string text)
    {
        return Starts(data, at, end, text) && at + text.Length < end && data[at + text.Length] == 0;
    }

    static bool Starts(byte[] data, int at, int end, string text)
    {
        if (text.Length > end - at) return false;
        for (int i = 0; i < text.Length; i++)
            if (data[at + i] != text[i]) return false;
        return true;
    }

    static bool Same(byte[] data, int at, string name)
    {
        for (int i = 0; i < name.Length; i++)
            if (Lower(data[at + i]) != Lower(name[i])) return false;
        return data[at + name.Length] == 0;
    }

    static int Int(byte[] data, int at)
    {
        return data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3];
    }

    static float Float(byte[] data, int at)
    {
        return new Bits { Whole = Int(data, at) }.Real;
    }

    static uint Hash(string name)
    {
        uint hash = 2166136261; // FNV-1a
        foreach (char letter in name) hash = unchecked((hash ^ Lower(letter)) * 16777619);
        return hash;
    }

    static uint Hash(byte[] data, int at, int end)
    {
        uint hash = 2166136261;
        for (; at < end && data[at] != 0; at++) hash = unchecked((hash ^ Lower(data[at])) * 16777619);
        return hash;
    }

    static uint Lower(uint letter)
    {
        return letter >= 'A' && letter <= 'Z' ? letter + 32 : letter;
    }

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Explicit)]
    struct Bits
    {
        [System.Runtime.InteropServices.FieldOffset(0)] public int Whole;
        [System.Runtime.InteropServices.FieldOffset(0)] public float Real;
    }
}
