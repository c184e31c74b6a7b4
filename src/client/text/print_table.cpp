#include "client/text/print_table.hpp"

#include "client/text/output_style.hpp"

namespace sctl {

void print_table(Session& session, const Table& table) {
    auto json = json_output_from(session.request.output);
    if (json == JsonOutput::None)
        print_table_as_text(session, table);
    else
        session.print(table.json({.output = json, .colors = wants_colors()}));
}

void print_table_as_text(Session& session, const Table& table) {
    const auto& request = session.request;
    session.print(table.text({.legend = request.legend,
                              .colors = wants_colors(),
                              .width = request.full ? SIZE_MAX : print_width()}));
}

} // namespace sctl
