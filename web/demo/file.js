/** @returns {Promise<string>} what a file holds, in base64 */
export async function base64Of(file) {
  const url = await new Promise((done) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => done(String(reader.result)));
    reader.readAsDataURL(file);
  });
  return url.slice(url.indexOf(',') + 1);
}
