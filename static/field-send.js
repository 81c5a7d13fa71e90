// Sends what waits, one after another: first a fresh token, then the record under its own key, so that twice is once.
"use strict";

// Who is signed in, with a token for one post; or why nothing can be sent now.
async function fieldToken() {
  try {
    const answer = await fetch("/field/token/", { credentials: "same-origin", cache: "no-store", redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 401) return { waits: "signed-out" };
    if (answer.status === 403) return { waits: "not-yours" };
    return answer.ok ? await answer.json() : { waits: "no-answer" };
  } catch {
    return { waits: "no-network" };
  }
}

function fieldBody(record) {
  const body = new FormData();
  body.append("key", record.key);
  body.append("filled_by", record.by);
  for (const [name, value] of Object.entries(record.fields)) body.append(name, value);
  body.append("about", JSON.stringify(record.photos.map(({ blob, ...about }) => about)));
  for (const photo of record.photos) body.append("photos", photo.blob, photo.name);
  return body;
}

// Returns the record as it is afterwards. Of what has arrived only its number stays, for a day.
async function fieldSendOne(record) {
  const who = await fieldToken();
  if (who.waits) return { ...record, waits: who.waits };
  if (String(who.user) !== String(record.by)) return { ...record, waits: "another" };
  try {
    const answer = await fetch(`/field/${record.case}/send/`, {
      method: "POST", body: fieldBody(record), credentials: "same-origin", redirect: "manual",
      headers: { "X-CSRFToken": who.token, Accept: "application/json" },
    });
    const json = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    const said = json ? await answer.json() : {};
    if (answer.status === 201) return { key: record.key, case: record.case, state: "sent", number: said.number, at: Date.now() };
    if (json && [400, 403, 409].includes(answer.status)) return { ...record, state: "refused", said: said.said, waits: "" };
    if (answer.status === 413) return { ...record, state: "refused", said: "", waits: "too-large" };
    return { ...record, waits: answer.status === 401 ? "signed-out" : "no-answer" };
  } catch {
    return { ...record, waits: "no-network" };
  }
}

let fieldSending = null;
function fieldSend(changed) {
  fieldSending = fieldSending || (async () => {
    try {
      for (const record of (await fieldStore.all("records")).filter((one) => one.state === "waiting")) {
        const after = await fieldSendOne(record);
        await fieldStore.put("records", after);
        if (after.state === "sent") await fieldStore.tidy(after.case);
        await changed();
        if (after.waits === "no-network") break;
      }
    } finally {
      fieldSending = null;
    }
  })();
  return fieldSending;
}
