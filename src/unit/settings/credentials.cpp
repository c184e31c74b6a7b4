// systemd.exec(5), "Credentials".
#include <algorithm>
#include <cstring>

#include "base/base64.hpp"
#include "base/files.hpp"
#include "unit/settings/directive_rows.hpp"
#include "unit/syntax/escape.hpp"
#include "unit/syntax/parse_value.hpp"

namespace sctl {
namespace {

using enum Support;

// A file's name that can also stand in a list with colons.
bool is_credential_name(std::string_view name) {
    bool is_file_name = name != "." && name != ".." && name.find('/') == name.npos;
    auto is_fit = [](char c) { return c >= ' ' && c < 0x7f && c != ':'; };
    return is_file_name && !name.empty() && name.size() <= 255 && std::ranges::all_of(name, is_fit);
}

// The ID before the first colon, and where the rest begins; nothing after a warning.
std::optional<std::string> read_id(Setting& setting, std::string_view& rest) {
    auto colon = setting.value.find(':');
    auto id = expanded(setting, setting.value.substr(0, colon), "\"");
    if (!id) return std::nullopt;
    if (!is_credential_name(*id)) {
        setting.warning(cat("Credential name \"", *id, "\" not valid, ignoring."));
        return std::nullopt;
    }
    rest = colon == setting.value.npos ? std::string_view() : setting.value.substr(colon + 1);
    return id;
}

void put(std::vector<UnitCredential>& list, UnitCredential credential) {
    auto same = std::ranges::find(list, credential.id, &UnitCredential::id);
    if (same == list.end())
        list.push_back(std::move(credential));
    else
        *same = std::move(credential);
}

template <bool Encrypted>
void read_set_credential(Setting& setting, std::vector<UnitCredential>& out) {
    if (setting.value.empty()) return out.clear();
    if (setting.value.find(':') == setting.value.npos)
        return setting.warning(cat("Invalid syntax, ignoring: ", setting.value));
    std::string_view rest;
    auto id = read_id(setting, rest);
    if (!id) return;
    if constexpr (Encrypted) {
        auto data = decode_base64(rest);
        if (!data)
            return setting.warning("Encrypted credential data not valid Base64 data, ignoring.");
        put(out, {std::move(*id), std::move(*data), true});
    } else {
        auto data = c_unescape(rest, Unescape::WithNul);
        if (!data)
            return setting.warning(
                cat("Can't unescape \"", rest, "\", ignoring: ", strerror(data.error().code)));
        put(out, {std::move(*id), std::move(*data), false});
    }
}

template <bool Encrypted>
void read_load_credential(Setting& setting, std::vector<UnitCredential>& out) {
    if (setting.value.empty()) return out.clear();
    std::string_view rest;
    auto id = read_id(setting, rest);
    if (!id) return;
    std::string source = *id;
    if (!rest.empty()) {
        auto text = expanded(setting, rest, "\"");
        if (!text) return;
        source = std::move(*text);
    }
    bool is_valid =
        source.starts_with('/') ? is_normalized_absolute(source) : is_credential_name(source);
    if (!is_valid)
        return setting.warning(cat("Credential source \"", source, "\" not valid, ignoring."));
    put(out, {std::move(*id), std::move(source), Encrypted});
}

template <bool Encrypted>
PropertyValue credentials_set(const LoadedUnit& unit) {
    NamedBytes credentials;
    for (const auto& each : exec_of(unit).set_credentials) {
        if (each.encrypted == Encrypted)
            credentials.emplace_back(each.id, Bytes(each.text.begin(), each.text.end()));
    }
    return credentials;
}
template <bool Encrypted>
PropertyValue credentials_loaded(const LoadedUnit& unit) {
    StringPairs credentials;
    for (const auto& each : exec_of(unit).load_credentials) {
        if (each.encrypted == Encrypted) credentials.emplace_back(each.id, each.text);
    }
    return credentials;
}

constexpr Directive credential_directives[] = {
    row<&ExecConfig::set_credentials, read_set_credential<false>, credentials_set<false>>(
        "SetCredential", Same, "SetCredential", "a(say)"),
    row<&ExecConfig::set_credentials, read_set_credential<true>, credentials_set<true>>(
        "SetCredentialEncrypted", Different, "SetCredentialEncrypted", "a(say)"),
    row<&ExecConfig::load_credentials, read_load_credential<false>, credentials_loaded<false>>(
        "LoadCredential", Same, "LoadCredential", "a(ss)"),
    row<&ExecConfig::load_credentials, read_load_credential<true>, credentials_loaded<true>>(
        "LoadCredentialEncrypted", Different, "LoadCredentialEncrypted", "a(ss)"),
};

} // namespace

std::span<const Directive> credential_rows() {
    return in_section<credential_directives, Section::Exec>;
}

} // namespace sctl
