"""What goes wrong with models, in Chinese: patterns of ModelError's messages, the first that fits."""

MODEL_ERRORS: tuple[tuple[str, str], ...] = (
    (r"(.+) \(([\d.]+) MB, (.+)\) is not on this machine.* Run: (.+); here for the same: (.+)",
     r"\1（\2 MB，许可：\3）不在这台机器上。请运行：\4；可以代替它的有：\5"),
    (r"(.+) \(([\d.]+) MB, (.+)\) is not on this machine.* Run: (.+)",
     r"\1（\2 MB，许可：\3）不在这台机器上。请运行：\4"),
    (r"(.+) is somebody's own model, and is not on this machine.*",
     r"\1 是他人自己的模型，不在这台机器上。请提供它的文件。"),
    (r"Limner is offline, and (.+) is not on this machine.*", r"Limner 处于离线状态，这台机器上没有 \1。"),
    (r"(.+) is gated: accept its terms at (\S+), .*",
     r"\1 需要先同意条款：请打开 \2，再运行 hf auth login 或设置 HF_TOKEN，然后重试。"),
    (r"The connection to (.+) was lost with ([\d.]+) of ([\d.]+) MB of (.+) here.*",
     r"与 \1 的连接中断；\4 已收到 \2 / \3 MB。重新开始即可接着下载。"),
    (r"The disk is full; (.+) did not fit.*", r"磁盘已满，放不下 \1。腾出空间后重新开始，会接着下载。"),
    (r"(.+) cannot be reached \(.*", r"无法连接 \1。请检查网络后重试；已有的内容会保留。"),
    (r"(.+) is not the file on record.*", r"\1 与记录的文件不符，不会使用。"),
)
