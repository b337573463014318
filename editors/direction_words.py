"""What the errors of generators and their directions say, in Chinese."""

DIRECTION_ERRORS: tuple[tuple[str, str], ...] = (
    (r"model is '(.*)', which draws no faces; it can be (.+)\.", r"模型 \1 不绘制人脸；可选：\2。"),
    (r"model is '(.*)', which has no styles; .+",
     r"模型 \1 没有风格编码；请在 StyleGAN2（例如 face_generator）中寻找方向。"),
    (r"No directions are fitted to (\S+) yet\. Run: (.+)", r"尚未为 \1 拟合属性方向。请运行：\2"),
    (r"The directions of (\S+) come with it; there is nothing to fit\.", r"\1 自带属性方向，无需拟合。"),
    (r"In (\d+) of (\d+) pictures of this generator a face was found; at least (\d+) are needed\..*",
     r"该生成器的 \2 张图片中只有 \1 张能找到人脸，至少需要 \3 张。只能为人脸生成器拟合方向。"),
    (r"layers is (.+); it takes the first and the last layer, as 4-7\.",
     r"层的写法为首层和末层，例如 4-7；收到的是 \1。"),
    (r"Layers (\d+)-(\d+) were asked for; give the first and the last of 0-(\d+), as 4-7\.",
     r"要求的是第 \1-\2 层；可用的是第 0-\3 层，写法例如 4-7。"),
    (r"index is (\d+); (\S+) has directions 0 to (\d+)\.", r"序号为 \1；\2 的方向为 0 到 \3。"),
    (r"The generator draws no face of this photograph\.", r"该生成器画不出这张照片中的人脸。"),
)
