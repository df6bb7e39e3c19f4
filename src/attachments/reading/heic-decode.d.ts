declare module 'heic-decode' {
  type Pixels = { data: Uint8ClampedArray<ArrayBuffer>; width: number; height: number };
  type HeicImage = { width: number; height: number; decode(): Promise<Pixels> };
  const decode: {
    (input: { buffer: Uint8Array }): Promise<Pixels>;
    all(input: { buffer: Uint8Array }): Promise<HeicImage[] & { dispose(): void }>;
  };
  export default decode;
}
