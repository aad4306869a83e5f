/**
 * A photo as it is sent: turned upright, its longest side at most 2000 px, as JPEG. Drawing it anew also leaves
 * behind what the camera wrote into it, the place above all.
 */
import { t } from "../page";

export const LONGEST = 2000;
const QUALITY = 0.85;
const KEPT_AS_IS = new Set(["image/gif", "image/svg+xml"]);

/** Width and height in px after shrinking; small pictures keep theirs. */
export function fitted(width: number, height: number, longest = LONGEST): [number, number] {
  const scale = Math.min(1, longest / Math.max(width, height, 1));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

export function isPicture(file: File): boolean {
  return (file.type.startsWith("image/") && !KEPT_AS_IS.has(file.type)) || /\.hei[cf]$/i.test(file.name);
}

async function read(file: File): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    const message = t("这张照片打不开：{name}。如果是 HEIC 格式，请在手机相机设置里选“兼容性最佳”，或另存为 JPG 再选。", {
      name: file.name,
    });
    throw new Error(message);
  }
}

/** The picture ready to be sent; a small PNG (a screenshot) stays one. Raises Error with a text for people. */
export async function prepared(file: File): Promise<File> {
  if (!isPicture(file)) return file;
  const picture = await read(file);
  const [width, height] = fitted(picture.width, picture.height);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const type = file.type === "image/png" && width === picture.width ? "image/png" : "image/jpeg";
  const pen = canvas.getContext("2d");
  if (pen && type === "image/jpeg") {
    pen.fillStyle = "#fff"; // JPEG knows no transparency
    pen.fillRect(0, 0, width, height);
  }
  pen?.drawImage(picture, 0, 0, width, height);
  picture.close();
  const content = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, QUALITY));
  if (!content) throw new Error(t("这张照片太大，手机处理不了：{name}", { name: file.name }));
  const name = file.name.replace(/\.[^.]*$/, "") + (type === "image/png" ? ".png" : ".jpg");
  return new File([content], name, { type, lastModified: file.lastModified });
}
