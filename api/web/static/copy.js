// A button beside each field that is there to be copied. Without it, the field is marked by hand.
for (const field of document.querySelectorAll(".copied input, .copied textarea")) {
  if (!navigator.clipboard) break;
  const words = document.documentElement.lang === "es" ? ["Copiar", "Copiado"] : ["Copy", "Copied"];
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button plain small";
  button.textContent = words[0];
  button.setAttribute("aria-describedby", field.id);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.textContent = words[1];
    setTimeout(() => { button.textContent = words[0]; }, 2000);
  });
  field.after(button);
}
