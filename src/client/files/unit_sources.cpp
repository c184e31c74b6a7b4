#include "client/files/unit_sources.hpp"

#include "client/calls/manager_calls.hpp"
#include "unit/search/unit_file.hpp"

namespace sctl {
namespace {

UnitSources ask_manager(ClientConnection& manager, const std::string& name) {
    auto path = unit_object_path(name);
    auto state = get_text(manager, path, unit_interface, "LoadState").value_or("error");
    if (state == "masked") return {UnitSources::Kind::Masked, {}, {}};
    if (state == "not-found") return {UnitSources::Kind::NotFound, {}, {}};
    if (state != "loaded" && state != "bad-setting") return {UnitSources::Kind::Unreadable, {}, {}};
    return {UnitSources::Kind::Found,
            get_text(manager, path, unit_interface, "FragmentPath").value_or(""),
            get_texts(manager, path, unit_interface, "DropInPaths").value_or({})};
}

} // namespace

UnitSources look_up_sources(const UnitFiles& files, const UnitIndex& index,
                            const std::string& text) {
    auto name = UnitName::parse(text);
    if (!name) return {UnitSources::Kind::NotFound, {}, {}};
    auto found = index.find(*name);
    if (!found) return {UnitSources::Kind::Unreadable, {}, {}};
    if (!found->found()) return {UnitSources::Kind::NotFound, {}, {}};
    if (found->fragment_path.empty()) return {UnitSources::Kind::Found, found->id.str(), {}};
    auto status = unit_file_status(files.place().root, found->fragment_path);
    if (status && status->masks) return {UnitSources::Kind::Masked, {}, {}};
    return {UnitSources::Kind::Found, found->fragment_path,
            index.drop_in_paths(found->names, files.place().warn)};
}

UnitIndex scan(const UnitFiles& files) {
    const auto& place = files.place();
    return UnitIndex::scan(place.root, place.paths, nullptr, place.embedded);
}

UnitSources find_sources(const Session& session, ClientConnection* manager,
                         const std::string& name) {
    auto parsed = UnitName::parse(name);
    if (manager && !(parsed && parsed->is_template())) return ask_manager(*manager, name);
    UnitFiles files(session);
    return look_up_sources(files, scan(files), name);
}

const EmbeddedUnit* embedded_unit(const std::string& fragment) {
    return find_embedded_unit(base_name(fragment));
}

} // namespace sctl
