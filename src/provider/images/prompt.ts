const SERVER_ARGUMENTS = /<sd_cpp_extra_args>[^]*?<\/sd_cpp_extra_args>|<\/?sd_cpp_extra_args>/gi;

/**
 * A prompt without the tag in which stable-diffusion.cpp takes arguments of its own: a person could override the limits
 * of the server with it. Again and again, since what is left may come together as the tag.
 */
export function withoutServerArguments(prompt: string): string {
  for (let text = prompt; ;) {
    const rest = text.replace(SERVER_ARGUMENTS, '');
    if (rest === text) return text.trim();
    text = rest;
  }
}
