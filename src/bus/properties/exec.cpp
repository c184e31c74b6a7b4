// Of units that start processes: how these are executed, and how they are ended.
#include "bus/properties/property_rows.hpp"
#include "unit/enum_text.hpp"

namespace sctl {
namespace {

using enum Changes;

void environment_files(const BusObject& o, Writer& out) {
    out.open_array("(sb)");
    for (const auto& file : o.unit->loaded.exec->environment_files) {
        out.open_struct().string(file.path).boolean(file.optional).close_struct();
    }
    out.close_array();
}

int32_t syslog_facility(const BusObject& o) {
    for (const auto& [property, value] : o.unit->loaded.written_only) {
        if (property == "SyslogFacility") return std::get<int32_t>(value);
    }
    return 3;
}

template <bool Encrypted>
void set_credentials(const BusObject& o, Writer& out) {
    out.open_array("(say)");
    for (const auto& credential : o.unit->loaded.exec->set_credentials) {
        if (credential.encrypted != Encrypted) continue;
        out.open_struct().string(credential.id).open_array("y");
        for (char byte : credential.text) out.byte(static_cast<uint8_t>(byte));
        out.close_array().close_struct();
    }
    out.close_array();
}

template <bool Encrypted>
void load_credentials(const BusObject& o, Writer& out) {
    out.open_array("(ss)");
    for (const auto& credential : o.unit->loaded.exec->load_credentials) {
        if (credential.encrypted != Encrypted) continue;
        out.open_struct().string(credential.id).string(credential.text).close_struct();
    }
    out.close_array();
}

template <DirectoryType Type>
void directory_links(const BusObject& o, Writer& out) {
    out.open_array("(sst)");
    for (const auto& item : o.unit->loaded.exec->directories[static_cast<size_t>(Type)].items) {
        for (const auto& link : item.symlinks) {
            out.open_struct().string(item.path).string(link).uint64(0).close_struct();
        }
    }
    out.close_array();
}

// Of a service it is resolved when it is loaded.
void standard_output(const BusObject& o, Writer& out) {
    if (o.unit->loaded.own)
        out.string(to_text(o.unit->loaded.exec->std_output));
    else if (o.unit->type() == UnitType::Service)
        out.string("inherit");
    else
        out.string(o.unit->loaded.perpetual ? "null" : "journal");
}

constexpr Property exec_rows[] = {
    {"EnvironmentFiles", "a(sb)", Never, environment_files},
    {"RootHashPath", "s", Never},
    {"RootHashSignaturePath", "s", Never},
    {"NonBlocking", "b", Never,
     of_object<[](const BusObject& o) { return config_of(o).non_blocking; }>},
    {"StandardOutput", "s", Never, standard_output},
    {"TTYRows", "q", Never, always<uint16_t{UINT16_MAX}>},
    {"TTYColumns", "q", Never, always<uint16_t{UINT16_MAX}>},
    {"SyslogPriority", "i", Never, of_object<[](const BusObject& o) {
         return syslog_facility(o) * 8 + o.unit->loaded.exec->syslog_level;
     }>},
    {"SetCredential", "a(say)", Never, set_credentials<false>},
    {"SetCredentialEncrypted", "a(say)", Never, set_credentials<true>},
    {"LoadCredential", "a(ss)", Never, load_credentials<false>},
    {"LoadCredentialEncrypted", "a(ss)", Never, load_credentials<true>},
    {"SameProcessGroup", "b", Never,
     of_unit<[](const Unit& u) { return u.type() == UnitType::Mount; }>},
    {"RuntimeDirectorySymlink", "a(sst)", Never, directory_links<DirectoryType::Runtime>},
    {"StateDirectorySymlink", "a(sst)", Never, directory_links<DirectoryType::State>},
    {"CacheDirectorySymlink", "a(sst)", Never, directory_links<DirectoryType::Cache>},
    {"LogsDirectorySymlink", "a(sst)", Never, directory_links<DirectoryType::Logs>},
};

} // namespace

std::span<const Property> exec_properties() {
    return exec_rows;
}

} // namespace sctl
