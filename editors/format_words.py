"""Why a file of weights was not loaded, in Chinese: clauses of `formats`, after the file's name."""

NOT_LOADED = (
    r"(.+) was not loaded and nothing in it was run: it (.+)\. What can be loaded: .*",
    r"\1 未被载入，其中内容没有运行（可载入 StyleGAN2、e4e、pSp、BiSeNet 或方向文件）。原因：",
)
"""Around such a clause, which is the last group."""

FORMAT_ERRORS: tuple[tuple[str, str], ...] = (
    # what else it is
    (r"is not a file of weights", "它不是权重文件。"),
    (r"is a page of the web;.*", "它是一个网页。请在浏览器中下载文件本身。"),
    (r"is a pointer of Git LFS,.*", "它只是 Git LFS 的指针。请下载文件本身。"),
    (r"is a tar archive,.*", "它是 2017 年以前的 torch 所用的 tar 格式。请用较新的 torch 重新保存。"),
    (r"is compressed; unpack it first", "它是压缩文件，请先解压。"),
    (r"was written by a big-endian machine", "它由大端序的机器写成。"),
    (r"is an archive that is encrypted;.*", "压缩包已加密；请不设密码重新保存。"),
    (r"is an archive of a kind that is not read", "压缩包的类型不受支持。"),
    (r"is an archive with an entry that leaves its folder, (.+)", r"压缩包中的 \1 会写到文件夹之外。"),
    (r"is an archive of (.+) MB that would swell to (.+) MB", r"\1 MB 的压缩包会膨胀到 \2 MB。"),
    (r"is an archive of (\d+) entries,.*", r"压缩包中有 \1 项，过多或有重名。"),
    (r"is an archive with (.+) in it, not weights as torch saves them", r"压缩包中有 \1，不是 torch 保存的权重。"),
    (r"is an archive whose (.+) is damaged", r"压缩包中的 \1 已损坏。"),
    (r"is an archive whose (.+) is (?:packed|compressed).*", r"压缩包中的 \1 的打包方式不受支持。"),
    # damaged
    (r"begins as (.+) and is (?:cut short or )?damaged", r"它以 \1 开头，但不完整或已损坏。"),
    (r"is cut short: .*", "它不完整：内容提前结束。"),
    (r"holds a pickle that is cut short or damaged.*", "其中的 pickle 不完整或已损坏。"),
    (r"holds bytes that are not a file of torch", "其中的字节不是 torch 文件。"),
    (r"(?:has no storage|lists storages|points to a storage|describes its storage) .*", "其中的张量存储描述不符。"),
    (r"describes (?:a tensor|an array) .*", "其中描述的张量与其内容不符。"),
    (r"describes (.+) numbers in (.+) bytes, .*", r"它描述了 \1 个数，却只有 \2 字节。"),
    (r"describes itself in (.+) MB of text; (.+) MB are read", r"其描述文本有 \1 MB，最多读取 \2 MB。"),
    (r"has (.+) MB; (?:weights|directions) have .*", r"它有 \1 MB，大小不在允许范围内。"),
    (r"has more than (.+) instructions, .*", r"其中的指令超过 \1 条，权重不需要这么多。"),
    # code
    (r"asks for (.+), which is code", r"它要求运行代码 \1。"),
    (r"asks for more than it holds: .*", "它反复复制同一内容。"),
    (r"(?:asks for code by|calls|makes an object of|uses the instruction|changes the inside of|appends to|adds to|"
     r"sets items of|points to something outside|uses a) ?.*", "它包含权重不需要的指令，可能是代码。"),
    (r"holds a (?:torch file inside a torch file|persistent object) ?.*", "其中含有权重不需要的对象。"),
    # other contents
    (r"holds an array of type (.+); only plain numbers are read", r"其中有类型为 \1 的数组；只读取普通数字。"),
    (r"holds an array .*", "其中有不是数字的数组。"),
    (r"holds a value of type (.+) where numbers are expected", r"其中应为数字之处是 \1 类型。"),
    (r"holds a dictionary of (\d+) entries, such as (.+)", r"其中是含 \1 项的字典，例如 \2，不是可识别的权重。"),
    (r"has numbers in (.+) that are not finite", r"其中 \1 含有非有限的数。"),
    (r"has (.+) of (.+), not (.+)", r"其中 \1 的形状为 \2，应为 \3。"),
    (r"has an encoder to (.+) and a generator from (.+)", r"其编码器输出 \1，生成器却要求 \2。"),
    (r"has an encoder that starts from a mean style, .*", "其编码器从平均风格出发，却缺少 latent_avg。"),
    (r"lacks (.+) of (\d+) axes.*", r"其中缺少 \2 维的 \1。"),
    (r"(?:lacks|holds) (.+) \((\d+) missing, (\d+) unknown\)", r"其内容与网络不符：\1（缺少 \2 项，多出 \3 项）。"),
    (r"(.+) \((\d+) missing, (\d+) unknown\)", r"其内容与网络不符：\1（缺少 \2 项，多出 \3 项）。"),
    (r"holds components (.+) that do not fit their mean of (\d+) numbers", r"主成分 \1 与 \2 个数的平均值不符。"),
    (r"holds directions, and (.+), which is none", r"其中有方向，但 \1 不是方向。"),
    (r"holds a direction called (.+); a name is .*", r"其中的方向名 \1 无法显示。"),
    (r"holds an encoder of type (.+); those that are known: (.+)", r"编码器类型为 \1；可识别的有：\2。"),
    (r"holds an encoder .*", "其中的编码器不是 e4e 或 pSp 的结构。"),
    (r"holds a parser of (\d+) labels; that of faces has (\d+)", r"其解析器有 \1 种标签；人脸解析器为 \2 种。"),
    (r"holds (?:a generator|a network|modules|a .+ that is not StyleGAN2's).*",
     "其中的生成器不是可读的 StyleGAN2 结构。"),
    (r"holds (.+)", r"其中是 \1，不是可识别的权重。"),
)
