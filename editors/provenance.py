"""What a saved picture says about itself: plain metadata that any program reads."""

import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
NAMESPACE = "https://github.com/limner-notebook/ns/1.0/"
LONGEST_NOTE = 50_000  # a JPEG holds one XMP packet of at most 65502 bytes


def xmp_packet(note: Mapping[str, Any]) -> bytes:
    """An XMP packet that names a picture a composite with trained algorithmic media (IPTC) and carries `note` as JSON.

    A note that would not fit a JPEG is cut to its shortest true form: that there was one, and how long.
    """
    text = json.dumps(note, ensure_ascii=False, sort_keys=True)
    if len(escape(text).encode()) > LONGEST_NOTE:
        text = json.dumps({"omitted": f"{len(text)} characters, too long for a JPEG"})
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:limner="{NAMESPACE}">
   <Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">Edited with trained models in Limner.</rdf:li></rdf:Alt></dc:description>
   <limner:note>{escape(text)}</limner:note>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()
