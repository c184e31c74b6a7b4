#include "template/html_entities.hpp"

#include <algorithm>
#include <iterator>

#include "base/text.hpp"
#include "template/integer.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

// From U+00A0 on.
constexpr std::string_view latin_names =
    "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg "
    "plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest "
    "Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute "
    "Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc "
    "Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute "
    "ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide "
    "oslash ugrave uacute ucirc uuml yacute thorn yuml ";

struct EntityRow {
    std::string_view name;
    char16_t code;
};

constexpr EntityRow entity_rows[] = {
    {"amp", 38},     {"apos", 39},     {"bdquo", 8222}, {"bull", 8226},  {"darr", 8595},
    {"emsp", 8195},  {"ensp", 8194},   {"euro", 8364},  {"ge", 8805},    {"gt", 62},
    {"harr", 8596},  {"hellip", 8230}, {"infin", 8734}, {"larr", 8592},  {"ldquo", 8220},
    {"le", 8804},    {"lsaquo", 8249}, {"lsquo", 8216}, {"lt", 60},      {"mdash", 8212},
    {"minus", 8722}, {"ndash", 8211},  {"ne", 8800},    {"quot", 34},    {"rarr", 8594},
    {"rdquo", 8221}, {"rsaquo", 8250}, {"rsquo", 8217}, {"sbquo", 8218}, {"thinsp", 8201},
    {"trade", 8482}, {"uarr", 8593}};

// 0 where there is none of that name.
char32_t named(std::string_view name) {
    auto row = std::ranges::find(entity_rows, name, &EntityRow::name);
    if (row != std::end(entity_rows)) return row->code;
    char32_t code = 0xa0;
    for (std::string_view latin : split(latin_names)) {
        if (latin == name) return code;
        code++;
    }
    return 0;
}

char32_t numbered(std::string_view digits) {
    bool hex = digits.starts_with('x') || digits.starts_with('X');
    if (hex) digits.remove_prefix(1);
    auto number = parse_number<uint32_t>(digits, hex ? 16 : 10);
    if (digits.empty()) return 0;
    bool valid =
        number && *number != 0 && *number <= 0x10ffff && (*number < 0xd800 || *number > 0xdfff);
    return valid ? *number : 0xfffd;
}

} // namespace

String unescape_html(std::string_view text) {
    String out;
    for (size_t at = 0; at < text.size();) {
        char c = text[at++];
        if (c != '&') {
            out += c;
            continue;
        }
        bool by_number = at < text.size() && text[at] == '#';
        size_t end = at + by_number;
        while (end < text.size() && end - at < 32 &&
               isalnum(static_cast<unsigned char>(text[end])) != 0)
            end++;
        std::string_view name = text.substr(at, end - at);
        bool closed = end < text.size() && text[end] == ';';
        char32_t code = by_number ? numbered(name.substr(1)) : closed ? named(name) : 0;
        if (code == 0) {
            out += c;
            continue;
        }
        append_utf8(out, code);
        at = end + closed;
    }
    return out;
}

} // namespace sctl::jinja
