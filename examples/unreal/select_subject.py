"""Selects the Live Link subject on the MetaHumans of the open level; run it in Unreal's editor.

    py ".../select_subject.py" guard                          every MetaHuman follows the character "guard"
    py ".../select_subject.py" BP_Ada=guard BP_Taro=thief     each its own, by the name in the Outliner

You will see one line for each MetaHuman in the Output Log, and the subject in its Details panel; one undo reverts all.
"""

import sys

import unreal

SUBJECTS = ("LLink Face Subj", "LLink_Face_Subj", "ARKitFaceSubj", "ARKit Face Subj")  # by generation of MetaHumans
SWITCHES = ("LLink Face Head", "LLink_Face_Head", "UseARKitFace", "Use ARKit Face", "UseLiveLink", "UseARKit")


def has(actor, variable):
    try:
        actor.get_editor_property(variable)
    except Exception:  # what the engine raises for a name that it does not know is not documented
        return False
    return True


def select(actor, subject):
    """Gives an actor its subject and ticks what makes it listen; returns whether it is a MetaHuman."""
    subjects = [variable for variable in SUBJECTS if has(actor, variable)]
    for variable in subjects:
        actor.set_editor_property(variable, unreal.LiveLinkSubjectName(name=subject))
    for variable in SWITCHES:
        if subjects and has(actor, variable):
            actor.set_editor_property(variable, True)
    return bool(subjects)


def main(arguments):
    everyone = next((name for name in arguments if "=" not in name), None)
    named = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    if not arguments:
        unreal.log_error("select_subject wants a subject, or ACTOR=SUBJECT for each MetaHuman")
        return
    done = set()
    with unreal.ScopedEditorTransaction("Select Live Link subjects"):
        for actor in unreal.get_editor_subsystem(unreal.EditorActorSubsystem).get_all_level_actors():
            label = actor.get_actor_label()
            subject = named.get(label, everyone)
            if subject is not None and select(actor, subject):
                unreal.log(f"{label} follows {subject}")
                done.add(label)
    for label in set(named) - done or (() if done else ("this level",)):
        unreal.log_warning(f"{label}: no MetaHuman with a Live Link subject was found")


main(sys.argv[1:])
