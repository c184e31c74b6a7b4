// The program sctl-prepare, by which an init has the files of its image made of templates before
// anything runs: variables are read, hooks are called, templates rendered, and so are the words of
// the command. It is a process of its own, since all of that may wait, and fail.
//
//     sctl-prepare VARIABLES TEMPLATES OUTPUT JINJA HOOKS TIMEOUT GRACE quiet|usual [WORD...]
//
// TIMEOUT is that of each call of a hook, GRACE what a hook has to end in that is told to; both in
// milliseconds, or "infinity".
// What it has found is on descriptor 3: records that end with a null, "=NAME=VALUE" and "-NAME" for
// what hooks have done to the environment, and "wWORD" for each word of the command. With
// $SKIP_ENTRYPOINT only words are rendered, without any variable.
#pragma once

namespace sctl {

int run_prepare(int count, char** arguments);

} // namespace sctl
