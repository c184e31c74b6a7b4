// Prints a table in the form that -o asks for.
#pragma once

#include "client/calls/session.hpp"
#include "client/text/table.hpp"

namespace sctl {

// As JSON where that is asked for; else as text that fits the terminal.
void print_table(Session& session, const Table& table);
void print_table_as_text(Session& session, const Table& table);

} // namespace sctl
