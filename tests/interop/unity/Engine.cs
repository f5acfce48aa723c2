// The few types of Unity that the example meets.

using System;
using System.Collections.Generic;

namespace UnityEngine
{
    public class MonoBehaviour
    {
        public static object Children;

        public string name { get { return "Guard"; } }

        public T[] GetComponentsInChildren<T>()
        {
            return (T[])Children;
        }
    }

    public sealed class Mesh
    {
        readonly string[] names;

        public Mesh(string[] names)
        {
            this.names = names;
        }

        public int blendShapeCount { get { return names.Length; } }

        public string GetBlendShapeName(int index)
        {
            return names[index];
        }
    }

    public sealed class SkinnedMeshRenderer
    {
        public readonly Dictionary<int, float> Weights = new Dictionary<int, float>();
        public int Thread;

        public Mesh sharedMesh { get; set; }

        public void SetBlendShapeWeight(int index, float value)
        {
            Weights[index] = value;
            Thread = System.Threading.Thread.CurrentThread.ManagedThreadId;
        }
    }

    public static class Debug
    {
        public static void LogWarning(object message)
        {
            Console.WriteLine("warning " + message);
        }
    }

    public sealed class SerializeField : Attribute
    {
    }

    public sealed class RangeAttribute : Attribute
    {
        public RangeAttribute(float lowest, float highest)
        {
        }
    }

    public sealed class TooltipAttribute : Attribute
    {
        public TooltipAttribute(string text)
        {
        }
    }

    public sealed class AddComponentMenu : Attribute
    {
        public AddComponentMenu(string path)
        {
        }
    }
}
