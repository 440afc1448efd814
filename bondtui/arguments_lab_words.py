"""What ``bondtui lab --help`` says around its options; no line is wider than a small terminal."""

from __future__ import annotations

USAGE = """\
bondtui lab [--mode MODE] [--slaves N] [--option KEY=VALUE ...]
                   [--kernel auto|netns|uml] [--traffic spread|gateway|none]
                   [--time-limit SECONDS] [-- COMMAND ...]
       bondtui lab --fault KIND SUBJECT [VALUE] | --undo KIND SUBJECT |
                   --undo all | --faults [--lab PID] [--json]"""
LAB = """\
Real bonds that nothing depends on: a throw-away network with a peer (the
"switch"), built in a moment and gone when the command ends. The dashboard
opens in it, or COMMAND runs in it: a shell, a drill, a test.

  bondtui lab                             active-backup, two slaves, dashboard
  bondtui lab --mode 802.3ad --slaves 4   LACP with a partner that answers
  bondtui lab --option miimon=0 -- bash   a shell beside an unmonitored bond
  bondtui lab --slaves 3 --mode active-backup --option primary=eno1 \\
              --mode balance-xor --slaves 2
                                          two bonds: eno1 to eno3 in bond0,
                                          eno4 and eno5 in bond1
  bondtui lab -- bondtui drill bond0 --yes
                                          one drill, and its exit status
  bondtui lab --fault pull eno1           from another terminal: pull the cable
                                          of eno1 at the peer
  bondtui lab --undo all                  put everything right again

The slaves are eno1, eno2, ... over all bonds, and the peer's ports p1, p2, and
so on; 'ip netns exec switch COMMAND' looks at the peer from inside. Nothing is
changed in the machine's own network, and root is not needed where the system
lets ordinary users have namespaces, or where user-mode-linux is installed.
"""
LAB_EPILOG = """\
faults, undone with --undo KIND SUBJECT ('--fault plug SLAVE' is '--undo pull
SLAVE'):
{kinds}

Exit status: that of COMMAND or of the dashboard, 128 and the number of the
signal that ended it, 126 or 127 when it cannot be run; 3 when no lab can be
had here, or none runs to ask; 4 refused; 64 wrong usage, or an option that the
kernel does not take; 124 when the time limit was reached.
"""
