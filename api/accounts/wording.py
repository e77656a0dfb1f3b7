"""What letters say: in English and in Spanish, since nobody knows yet which their reader reads."""

from __future__ import annotations

LETTERS: dict[str, tuple[str, str]] = {
    "invitation": (
        "Your invitation to Testamur · Su invitación a Testamur",
        "You are invited to Testamur, where your school network awards badges for what teachers"
        " can do.\n\nOpen this link to begin. It can be used once, until {until}:\n{link}\n\n"
        "If you did not expect this, do nothing.\n\n---\n\n"
        "Le invitamos a Testamur, donde su red escolar otorga insignias por lo que el profesorado"
        " sabe hacer.\n\nAbra este enlace para empezar. Sirve una vez, hasta {until}:\n{link}\n\n"
        "Si no lo esperaba, no haga nada.\n",
    ),
    "recovery": (
        "Sign in to Testamur again · Volver a entrar en Testamur",
        "Somebody, hopefully you, asked for a way to sign in again.\n\nOpen this link. It can be"
        " used once, until {until}:\n{link}\n\nIf it was not you, do nothing: nothing has"
        " changed.\n\n---\n\n"
        "Alguien, esperamos que usted, pidió volver a entrar.\n\nAbra este enlace. Sirve una vez,"
        " hasta {until}:\n{link}\n\nSi no fue usted, no haga nada: nada ha cambiado.\n",
    ),
    "changed": (
        "How you sign in was changed · Cambió su forma de entrar",
        "A way to sign in to your account was added, changed or removed.\n\nIf it was you, all is"
        " well. If not, look at it now and tell your administrator:\n{link}\n\n---\n\n"
        "Se añadió, cambió o quitó una forma de entrar en su cuenta.\n\nSi fue usted, todo está"
        " bien. Si no, mírelo ahora y avise a su administrador:\n{link}\n",
    ),
    "reset": (
        "Your sign-in was reset · Su forma de entrar se restableció",
        "An administrator removed every way to sign in to your account. You get a link to set up"
        " a new one.\n\nIf you did not ask for it, tell your administrator.\n\n---\n\n"
        "Un administrador quitó todas las formas de entrar en su cuenta. Recibirá un enlace para"
        " crear una nueva.\n\nSi no lo pidió, avise a su administrador.\n",
    ),
    "locked": (
        "Too many attempts to sign in · Demasiados intentos de entrar",
        "Somebody tried too often to sign in to your account with a wrong password, so no password"
        " is tried for a while. A passkey works all the same.\n\nIf it was not you:\n{link}\n\n"
        "---\n\n"
        "Alguien intentó demasiadas veces entrar en su cuenta con una contraseña equivocada; por un"
        " tiempo no se prueba ninguna. Una llave de acceso sí funciona.\n\nSi no fue usted:\n"
        "{link}\n",
    ),
}
"""The subject and the words of each kind of letter."""
