// Layers as they travel: compressed without loss, or as the PNG of a download.
window.limner.packing = (() => {
  const through = async (bytes, stream) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
  const base64 = (blob) => new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.readAsDataURL(blob);
  });
  const bytesOf = (pixels) => new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const pack = async (pixels) => base64(new Blob([await through(bytesOf(pixels), new CompressionStream("deflate"))]));
  const unpack = async (text) => through(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), new DecompressionStream("deflate"));

  // --- PNG, written here so that every value is kept: grey, RGBA, or indexes with a palette ----------------------
  const CRC = Uint32Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n; });
  function chunk(kind, content) {
    const bytes = new Uint8Array(content.length + 12), view = new DataView(bytes.buffer);
    view.setUint32(0, content.length);
    bytes.set([...kind].map((c) => c.charCodeAt(0)), 4);
    bytes.set(content, 8);
    let crc = 0xffffffff;
    for (let i = 4; i < bytes.length - 4; i++) crc = CRC[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
    view.setUint32(bytes.length - 4, ~crc >>> 0);
    return bytes;
  }
  async function png(pixels, width, height, palette) {
    const bytes = bytesOf(pixels), row = bytes.length / height, lines = new Uint8Array((row + 1) * height);
    for (let y = 0; y < height; y++) lines.set(bytes.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
    const header = new Uint8Array(13), view = new DataView(header.buffer);
    view.setUint32(0, width);
    view.setUint32(4, height);
    header.set([8, row > width ? 6 : palette ? 3 : 0], 8);
    return new Blob([[137, 80, 78, 71, 13, 10, 26, 10], chunk("IHDR", header), ...(palette ? [chunk("PLTE", palette)] : []),
      chunk("IDAT", await through(lines, new CompressionStream("deflate"))), chunk("IEND", [])].map((part) => Uint8Array.from(part)), { type: "image/png" });
  }
  return { base64, pack, unpack, png };
})();
